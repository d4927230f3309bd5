import { Annotation, Command, END, interrupt, START, StateGraph } from '@langchain/langgraph'
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres'

/**
 * The same flow as a LangGraph: a node a step, the gate as an `interrupt()` that a Command resumes, its checkpoints
 * in Postgres.
 * @param {{ url: string, subject: string, steps: readonly string[], stamp: (run: string) => void }} given
 */
export async function open({ url, subject, steps, stamp }) {
  const saver = PostgresSaver.fromConnString(url)
  await saver.setup()
  const State = Annotation.Root({ run: Annotation(), step: Annotation() })
  const graph = new StateGraph(State)
  for (const name of steps) {
    graph.addNode(nodeOf(name), ({ run }) => {
      if (name.startsWith('gate:')) interrupt({ asks: name })
      else stamp(run)
      return { step: name }
    })
  }
  const edges = [START, ...steps.map(nodeOf), END]
  for (const [i, from] of edges.slice(0, -1).entries()) graph.addEdge(from, edges[i + 1])
  const app = graph.compile({ checkpointer: saver })
  // `async` is LangGraph's default: a step is kept while the next one runs. `sync` keeps it first, as the others do.
  const durability = subject.endsWith('sync') && !subject.endsWith('async') ? 'sync' : 'async'
  return {
    async run(id) {
      const config = { configurable: { thread_id: id }, durability, recursionLimit: 100 }
      const waiting = await app.invoke({ run: id, step: '' }, config)
      if (!waiting.__interrupt__) throw new Error('The gate did not stop the run.')
      const done = await app.invoke(new Command({ resume: true }), config)
      if (done.step !== steps.at(-1)) throw new Error(`The run ended at ${done.step}.`)
    },
    close: () => saver.end(),
  }
}

/** A node's name may hold no colon. */
const nodeOf = (step) => step.replace(':', '_')
