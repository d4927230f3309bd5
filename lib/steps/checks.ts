import { AppError } from '@/lib/core/app-error'
import { compareTests } from '@/lib/core/evidence-compare'
import type { StepContext } from './ports'
import { countsText, failuresText, findingsText, newFindings } from './text'

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
  const added = newFindings(await record.latest('baseline', kind), now)
  if (added.length > 0) return `${added.length} new findings:\n${findingsText(added)}`
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

/** New lint findings and type errors of the workspace as it is, kept as evidence; null when there are none. */
export async function newProblems(context: StepContext): Promise<string | null> {
  const bench = await context.bench()
  const problems: string[] = []
  for (const kind of ['lint', 'types'] as const) {
    const now = await bench[kind]()
    if (!now) continue
    await context.record.evidence('change', now)
    const added = newFindings(await context.record.latest('baseline', kind), now)
    if (added.length > 0) problems.push(`${added.length} new ${kind} findings:\n${findingsText(added)}`)
  }
  return problems.length === 0 ? null : problems.join('\n\n')
}
