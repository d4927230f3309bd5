import { compareTests } from '@/lib/core/evidence-compare'
import { checkName } from '@/lib/core/names'
import type { CommitCheck } from '@/lib/forge/forge'
import { outsideIfAllowed } from './outside'
import type { StepContext } from './ports'
import { countsText, newProblemCount } from './text'

type Said = Pick<CommitCheck, 'state' | 'summary'>

/**
 * Shows on the forge how a commit of the run stands. An effect of this bead: what an earlier one showed may have been
 * overwritten since, and the forge looks itself for what stands there.
 */
export async function showCheck(context: StepContext, headSha: string, said: Said): Promise<void> {
  const { bead, runUrl: url, forge } = context
  for (const name of await namesFor(context, headSha)) {
    const check = { name, headSha, url, ...said }
    const effect = { key: `${bead.id}:check:${name}:${headSha}`, kind: 'check', intent: { ...check } }
    await outsideIfAllowed(context, effect, async () => (await forge()).setCheck(check))
  }
}

/**
 * Forges keep checks by commit, and a fork may stand at the very commit of its original: it speaks under a name of its
 * own there, and under the common one, which branch rules ask for, only while no other run needs it for its merge.
 */
async function namesFor({ run, record }: StepContext, headSha: string): Promise<readonly string[]> {
  if (run.forkedAt?.headSha !== headSha) return [checkName]
  const own = `${checkName}/${run.id.slice(-6)}`
  return (await record.headIsTaken(headSha)) ? [own] : [checkName, own]
}

/**
 * The same from the evidence, once the run has a pull request: before, its commits are nowhere but here.
 * @param score of an evaluation that is not on record yet; else the last one's
 */
export async function showEvidence(context: StepContext, headSha: string, score?: number): Promise<void> {
  const { record } = context
  if ((await record.pullRequest()) === null) return
  const last = (await record.beadsOf('evaluate')).at(-1)?.summary.score
  const known = score ?? (typeof last === 'number' ? last : undefined)
  await showCheck(context, headSha, await verdict(context, headSha, known))
}

/** What the newest evidence says: worse than the base, or not. */
async function verdict({ record }: StepContext, headSha: string, score: number | undefined): Promise<Said> {
  const tests = await record.latest('change', 'tests')
  const lint = await record.latest('change', 'lint')
  const types = await record.latest('change', 'types')
  const regressed = tests !== null && compareTests(await record.latest('baseline', 'tests'), tests).regressed
  const findings = lint ? newProblemCount(await record.latest('baseline', 'lint'), lint) : 0
  const errors = types ? newProblemCount(await record.latest('baseline', 'types'), types) : 0
  const elsewhere = tests?.commit && tests.commit !== headSha ? ` at ${tests.commit.slice(0, 7)}` : ''
  const parts = [
    tests === null ? 'no tests were run' : `tests: ${countsText(tests)}${elsewhere}`,
    ...(findings > 0 ? [`${findings} new lint findings`] : []),
    ...(errors > 0 ? [`${errors} new type errors`] : []),
    ...(score === undefined ? [] : [`score ${score}/100`]),
  ]
  const bad = regressed || findings > 0 || errors > 0
  return { state: bad ? 'failure' : 'success', summary: parts.join('; ') }
}
