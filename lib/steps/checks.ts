import { AppError } from '@/lib/core/app-error'
import { compareTests } from '@/lib/core/evidence-compare'
import type { CheckOptions, StepContext } from './ports'
import { countsText, failuresText, problemText } from './text'

/** A command of the project, run for an agent: what is new against the base first, told as text. */
export async function runCheckTool(context: StepContext, name: string): Promise<string> {
  switch (name) {
    case 'lint':
    case 'types':
      return findingsReport(context, name)
    case 'test':
      return testReport(context)
    default:
      throw new AppError('bad_request', `There is no command "${name}".`)
  }
}

async function findingsReport({ bench, record }: StepContext, kind: 'lint' | 'types'): Promise<string> {
  const now = await (await bench())[kind]()
  if (!now) return 'The project has no such command.'
  const before = await record.latest('baseline', kind)
  const problem = problemText(before, now)
  if (problem !== null) return problem
  const silent = now.findings.length === 0 && now.exitCode !== 0 && now.note
  return silent ? `It could not run: ${now.note}` : 'No new findings.'
}

async function testReport({ bench, record }: StepContext): Promise<string> {
  const now = (await (await bench()).suite())?.tests
  if (!now) return 'The project has no tests.'
  const { newlyFailing, regressed } = compareTests(await record.latest('baseline', 'tests'), now)
  if (!regressed) return `Nothing fails that did not fail before (${countsText(now)}).`
  return `${countsText(now)}. Failing now and not before:\n${failuresText(
    now,
    newlyFailing.map((test) => test.id),
  )}`
}

const kinds = ['lint', 'types'] as const

/**
 * What lint and types say that they did not on the base, kept as evidence; null when there is nothing.
 * @param options default: the workspace as it is
 */
export async function newProblems(context: StepContext, options: CheckOptions = {}): Promise<string | null> {
  const bench = await context.bench()
  for (const kind of kinds) {
    const now = await bench[kind](options)
    if (now) await context.record.evidence('change', now)
  }
  return knownProblems(context)
}

/** What the newest evidence of lint and types says against the base's. */
export async function knownProblems({ record }: StepContext): Promise<string | null> {
  const problems: string[] = []
  for (const kind of kinds) {
    const now = await record.latest('change', kind)
    const problem = now && problemText(await record.latest('baseline', kind), now)
    if (problem) problems.push(problem)
  }
  return problems.length === 0 ? null : problems.join('\n\n')
}
