import { flowFor, limitsOf } from '@/lib/core/config'
import { agentsOf, type FlowStep } from '@/lib/core/flow'
import type { TriggerTask } from '@/lib/core/trigger'
import type { ForgeIssue } from '@/lib/forge/forge'
import type { Bench, Step, StepContext } from './ports'

/**
 * Mirror, worktree, what the repository is, its dependencies, and the baseline on the untouched base: what cannot
 * work is said here, before any money is spent, and what failed before is never blamed on the change.
 */
export const prepare: Step = async (context) => {
  const { record } = context
  const issue = await issueOf(context)
  const bench = await context.bench()
  const { name } = bench.config.project
  await record.event('log', { text: `${name === undefined ? '' : `${name}\n`}${bench.facts.text}` })
  for (const warning of bench.facts.warnings) await record.event('log', { text: `warning: ${warning}` })
  const flow = flowOf(context, bench, await labelsOf(context, bench, issue))
  await assertModels(context, flow)
  // A prompt that cannot be used is said here, too.
  await context.prompts()
  // A person's own file is decided by people alone: nothing is run for it, so it needs neither tools nor sandbox.
  const counts = flow.includes('write') ? null : await installedBaseline(context, bench)
  return {
    outcome: {
      kind: 'prepared',
      flow,
      limits: limitsOf(bench.config),
      target: bench.target,
      mainBranch: bench.mainBranch,
    },
    summary: { facts: bench.facts.text, warnings: bench.facts.warnings, baseline: counts },
    run: {
      baseSha: bench.baseSha,
      headSha: await bench.workspace([]).headSha(),
      branch: bench.branch,
      ...(issue ? { task: taskOf(context, issue) } : {}),
    },
  }
}

/**
 * Every agent that the flow may come to has a model.
 * @throws AppError('bad_config') that names the missing key
 */
async function assertModels({ model }: StepContext, flow: readonly FlowStep[]): Promise<void> {
  for (const agent of agentsOf(flow)) await model(agent)
}

/** The issue itself, where the run was given only its number. */
async function issueOf({ run, forge }: StepContext): Promise<ForgeIssue | null> {
  const { task } = run
  if (task.issue === undefined || task.body !== '') return null
  return (await forge()).getIssue(task.issue)
}

/** The issue's own words. */
function taskOf({ run: { task } }: StepContext, issue: ForgeIssue): TriggerTask {
  const said = issue.comments.map((comment) => `${comment.author}: ${comment.body}`).join('\n\n')
  const body = said === '' ? issue.body : `${issue.body}\n\nComments:\n\n${said}`
  return {
    ...task,
    title: issue.title.slice(0, 300) || task.title,
    body: body.slice(0, 200_000),
    url: task.url ?? issue.url,
  }
}

/** Labels of the run's issue, asked for only where a trigger of the configuration depends on them; none without one. */
async function labelsOf(
  { run, forge }: StepContext,
  bench: Bench,
  issue: ForgeIssue | null,
): Promise<readonly string[]> {
  if (issue) return issue.labels
  const { triggers } = bench.config.pipeline
  const asked = triggers.some((entry) => entry.on === run.trigger && entry.label !== undefined)
  if (!asked || run.task.issue === undefined) return []
  return (await (await forge()).getIssue(run.task.issue)).labels
}

async function installedBaseline(context: StepContext, bench: Bench): Promise<Record<string, unknown>> {
  await context.record.evidence('baseline', await bench.install())
  return baseline(context, bench)
}

async function baseline({ record }: StepContext, bench: Bench): Promise<Record<string, unknown>> {
  const suite = await bench.suite({ coverage: true })
  const tests = suite?.tests ?? null
  const coverage = suite?.coverage ?? null
  if (tests) await record.evidence('baseline', tests)
  const lint = await bench.lint()
  if (lint) await record.evidence('baseline', lint)
  const types = await bench.types()
  if (types) await record.evidence('baseline', types)
  if (coverage) await record.evidence('baseline', coverage)
  return {
    tests: tests && {
      passed: tests.passed,
      failed: tests.failed,
      skipped: tests.skipped,
      ended: tests.ended,
    },
    lint: lint?.findings.length ?? null,
    types: types?.findings.length ?? null,
    coverage: coverage?.linesPercent ?? null,
  }
}

function flowOf({ run }: StepContext, bench: Bench, labels: readonly string[]): FlowStep[] {
  const { steps } = run.overrides
  const flow = run.flow === 'auto' ? undefined : run.flow
  return flowFor(bench.config, { flow, trigger: run.trigger, steps, labels, label: run.task.label })
}
