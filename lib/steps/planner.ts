import { readTools } from '@/lib/agents/tools/files'
import { orderTasks, type Plan, planSchema } from '@/lib/core/plan'
import { unfinished, workAgent } from './agent'
import { digest } from './digest'
import { outsideIfAllowed } from './outside'
import type { Step, StepContext } from './ports'
import { commentsText, issueText, section, taskText } from './text'

const MAP_TOKENS = 3_000

/** From the trigger's text and the repository to a plan of tasks. */
export const planner: Step = async (context) => {
  const bench = await context.bench()
  const { run } = context
  const workspace = bench.workspace([])
  const { max_subtasks: maxTasks } = bench.config.agents.planner
  const end = await workAgent(context, {
    agent: 'planner',
    workspace,
    tools: readTools(workspace).filter((tool) => tool.name !== 'git_diff'),
    output: planSchema,
    accept: async (plan) => problemOf(plan, maxTasks),
    values: {
      issue: issueText(run.task),
      project: bench.facts.text,
      instructions: section('Instructions of the repository', bench.facts.instructions),
      map: await bench.map(issueText(run.task), MAP_TOKENS),
      learnings: section('What earlier runs taught', (await context.record.learnings()).join('\n')),
      feedback: replanText(context),
      max_tasks: String(maxTasks),
    },
  })
  if (end.kind !== 'finished') {
    return { outcome: unfinished(end, (reason) => ({ kind: 'stuck', reason })) }
  }
  const plan = end.value
  await context.record.artifact('plan', JSON.stringify(plan, null, 2))
  if (plan.tasks.length === 0) {
    await explain(context, plan.abort_reason ?? plan.summary)
    return { outcome: { kind: 'abort', reason: plan.abort_reason ?? plan.summary }, summary: { plan } }
  }
  const { tasks, confidence, blockers } = plan
  return { outcome: { kind: 'planned', tasks, confidence, blockers }, summary: { plan } }
}

/** An issue that leads to nothing is answered with the reason. */
async function explain(context: StepContext, reason: string): Promise<void> {
  const { run, forge } = context
  const { issue } = run.task
  if (issue === undefined) return
  const body = `DevPilot changed nothing: ${reason}`
  const effect = { key: `${run.id}:abort-comment`, kind: 'comment', intent: { issue, body: digest(body) } }
  await outsideIfAllowed(context, effect, async () =>
    (await forge()).comment(issue, { key: `${run.id}:abort`, body }),
  )
}

function problemOf(plan: Plan, maxTasks: number): string | null {
  if (plan.tasks.length === 0 && !plan.abort_reason) return 'A plan without tasks needs an abort_reason.'
  if (plan.tasks.length > maxTasks)
    return `The plan has ${plan.tasks.length} tasks, at most ${maxTasks} are allowed.`
  const stray = plan.tasks
    .flatMap((task) => task.files_likely_affected)
    .find((file) => /^\/|(^|\/)\.\.(\/|$)/.test(file))
  if (stray) return `"${stray}" is not inside the repository.`
  const ordered = orderTasks(plan.tasks)
  return ordered.ok ? null : ordered.problem
}

/** Why the coder, or people who rejected the change, sent the run back here. */
function replanText({ run }: StepContext): string {
  const { feedback, tasks } = run.state
  if (feedback.length === 0) return ''
  const before = tasks
    .map((task) => `${taskText(task)}\nFiles: ${task.files_likely_affected.join(', ')}`)
    .join('\n\n')
  const why = section('Why it is sent back', commentsText(feedback))
  return [section('Your earlier plan', before), why].filter(Boolean).join('\n\n')
}
