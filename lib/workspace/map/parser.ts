import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { z } from 'zod'
import { log } from '@/lib/log'
import type { Grammar } from '@/lib/workspace/map/languages'

/** Name and row (from 0) of each definition. */
export type Names = readonly (readonly [string, number])[]

export interface Parser {
  /** null when the source breaks the parser or takes longer than 5 s. One call at a time. */
  parse(grammar: Grammar, source: string): Promise<Names | null>
  close(): Promise<void>
}

const limitMs = 5_000
/** A repository that breaks the parser so often does so on purpose: the rest goes without definitions. */
const maxBreaks = 5

const answerSchema = z.union([
  z.object({ names: z.array(z.tuple([z.string(), z.number()])) }),
  z.object({ error: z.string() }),
])
const require = createRequire(import.meta.url)

/** A tree-sitter in a thread of its own, started at its first use and again when a source has broken it. */
export function openParser(): Parser {
  let worker: Worker | undefined
  let breaks = 0
  const close = async () => {
    const ending = worker
    worker = undefined
    await ending?.terminate()
  }
  return {
    close,
    async parse(grammar, source) {
      if (breaks >= maxBreaks) return null
      worker ??= start()
      const answer = await ask(worker, grammar, source)
      if ('names' in answer) return answer.names
      breaks++
      log('warn', 'A source could not be parsed for the repository map.', {
        grammar: grammar.name,
        ...answer,
      })
      await close()
      return null
    },
  }
}

function start(): Worker {
  const library = pathToFileURL(require.resolve('web-tree-sitter').replace(/\.cjs$/, '.js')).href
  // What a broken WebAssembly prints is told by the log above.
  const options = { workerData: { library }, stdout: true, stderr: true, execArgv: [], env: {} }
  const worker = new Worker(new URL('./parser-worker.mjs', import.meta.url), options)
  worker.unref()
  return worker
}

type Answer = z.infer<typeof answerSchema>

function ask(worker: Worker, grammar: Grammar, source: string): Promise<Answer> {
  const file = require.resolve(`@vscode/tree-sitter-wasm/wasm/tree-sitter-${grammar.name}.wasm`)
  return new Promise((resolve) => {
    const finish = (answer: Answer) => {
      clearTimeout(timer)
      worker.off('message', onMessage)
      worker.off('error', onError)
      worker.off('exit', onExit)
      resolve(answer)
    }
    const onMessage = (message: unknown) => {
      const parsed = answerSchema.safeParse(message)
      finish(parsed.success ? parsed.data : { error: 'The thread gave no names.' })
    }
    const onError = (error: Error) => finish({ error: error.message })
    const onExit = () => finish({ error: 'The thread ended.' })
    const timer = setTimeout(() => finish({ error: `longer than ${limitMs} ms` }), limitMs)
    worker.on('message', onMessage)
    worker.on('error', onError)
    worker.on('exit', onExit)
    worker.postMessage({ grammar: { name: grammar.name, file, query: grammar.query }, source })
  })
}
