import { z } from 'zod'
import { commandTool } from '@/lib/agents/tools/commands'
import { readTools, writeTools } from '@/lib/agents/tools/files'
import { compareTests } from '@/lib/core/evidence-compare'
import type { Outcome } from '@/lib/core/outcome'
import { diffEvidence } from '@/lib/core/test-guard'
import { unfinished, workAgent } from './agent'
import { knownProblems, newProblems, runCheckTool } from './checks'
import type { Bench, Step, StepContext } from './ports'
import { cut, diffText, failuresText, issueText, section } from './text'

const MAX_DIFF = 80_000
const MAP_TOKENS = 1_500

export const debuggedSchema = z.object({
  status: z.enum(['fixed', 'cannot_fix']),
  root_cause: z.string().min(1).max(4_000),
  hypotheses: z
    .array(z.object({ cause: z.string(), likelihood: z.number().min(0).max(1), evidence: z.string() }))
    .min(1)
    .max(5),
  fix: z.string().max(4_000).default(''),
  confidence: z.number().min(0).max(1),
})

/** From a failure to its root cause and the smallest fix, checked by running the tests again. */
export const debuggerStep: Step = async (context) => {
  const bench = await context.bench()
  const before = await bench.diffBefore()
  const scope = scopeOf(context, before)
  const workspace = bench.workspace(scope)
  const [first, ...rest] = bench.facts.commands
  const end = await workAgent(context, {
    agent: 'debugger',
    workspace,
    tools: [
      ...readTools(workspace),
      ...writeTools(workspace),
      ...(first === undefined ? [] : [commandTool([first, ...rest], (name) => runCheckTool(context, name))]),
    ],
    output: debuggedSchema,
    accept: async ({ status }) => {
      if (status === 'cannot_fix') return null
      if ((await workspace.diff()) === before) return 'Nothing has changed, so nothing is fixed.'
      return stillFailing(context, bench)
    },
    values: {
      failure: await failureText(context),
      issue: issueText(context.run.task),
      earlier: await earlierText(context),
      diff: diffText(before, MAX_DIFF) || 'Nothing yet.',
      project: bench.facts.text,
      commands: bench.facts.commands.join(', ') || 'none',
      scope: scope === null ? 'Any file of the repository.' : scope.map((file) => `- ${file}`).join('\n'),
      instructions: section('Instructions of the repository', bench.facts.instructions),
      map: await bench.map(await failureText(context), MAP_TOKENS),
    },
  })
  const headSha = await workspace.headSha()
  if (end.kind !== 'finished') {
    return { outcome: unfinished(end, (reason) => ({ kind: 'exhausted', reason })), run: { headSha } }
  }
  await context.record.artifact('diff', await workspace.diff())
  const summary = { ...end.value }
  if (end.value.status === 'fixed') {
    const { framework, refused } = bench.facts
    const untested = framework !== null && refused !== null
    const outcome: Outcome = untested
      ? { kind: 'exhausted', reason: `The fix could not be tested: ${refused}` }
      : { kind: 'fixed' }
    return { outcome, summary, run: { headSha } }
  }
  const reason = `The debugger cannot fix it: ${end.value.root_cause}`
  const asked = context.run.state.tasks.length > 0
  return {
    outcome: asked ? { kind: 'exhausted', reason } : { kind: 'abort', reason },
    summary,
    run: { headSha },
  }
}

/** Tests, lint and types of the workspace as it is; what it says goes back to the agent, which tries its next cause. */
async function stillFailing(context: StepContext, bench: Bench): Promise<string | null> {
  const tests = (await bench.suite())?.tests
  if (!tests) return newProblems(context)
  const { newlyFailing, regressed } = compareTests(await context.record.latest('baseline', 'tests'), tests)
  const failing = newlyFailing.map((test) => test.id)
  if (regressed) return `Tests still fail:\n${failuresText(tests, failing)}`
  return newProblems(context)
}

async function failureText(context: StepContext): Promise<string> {
  const { run, record } = context
  const tests = await record.latest('change', 'tests')
  if (tests) {
    const { newlyFailing, regressed } = compareTests(await record.latest('baseline', 'tests'), tests)
    const problems = await knownProblems(context)
    const failing = newlyFailing.map((test) => test.id)
    if (!regressed && problems !== null) return problems
    return [failuresText(tests, failing), ...(problems === null ? [] : [problems])].join('\n\n')
  }
  if (run.task.log) return cut(run.task.log, 20_000)
  const before = await record.latest('baseline', 'tests')
  const failing = before?.cases.filter((test) => test.status === 'failed').map((test) => test.id) ?? []
  return before && failing.length > 0 ? failuresText(before, failing) : 'See the issue.'
}

async function earlierText({ record, bead }: StepContext): Promise<string> {
  const earlier = (await record.beadsOf('debugger')).filter((other) => other.id !== bead.id)
  const lines = earlier.map(
    ({ summary }) => `- ${String(summary.root_cause ?? '')} Fix: ${String(summary.fix ?? '')}`,
  )
  return section('Fixes that were not enough', lines.join('\n'))
}

/** What the plan declared and what the run had changed when the step began; without a plan, everything. */
function scopeOf({ run }: StepContext, before: string): string[] | null {
  const { tasks } = run.state
  if (tasks.length === 0) return null
  const changed = diffEvidence(before, null).files.map(({ file }) => file)
  return [...new Set([...tasks.flatMap((task) => task.files_likely_affected), ...changed])]
}
