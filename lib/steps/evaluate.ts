import { parseUnifiedDiff } from '@/lib/core/diff-lines'
import { type EvaluationFacts, evaluate as score } from '@/lib/core/evaluation'
import { compareTests } from '@/lib/core/evidence-compare'
import { diffEvidence, isTestPath } from '@/lib/core/test-guard'
import { showEvidence } from './check'
import type { Step, StepContext } from './ports'
import { newProblemCount } from './text'

/** The evolution score of the change, from the diff's facts, the evidence and the review. */
export const evaluate: Step = async (context) => {
  const workspace = (await context.bench()).workspace([])
  const headSha = await workspace.headSha()
  const result = score(await factsOf(context, await workspace.diff()))
  await context.record.evaluation(headSha, result.score, result.parts)
  await showEvidence(context, headSha, result.score)
  return { outcome: { kind: 'done' }, summary: { ...result }, run: { score: result.score } }
}

async function factsOf({ record }: StepContext, diff: string): Promise<EvaluationFacts> {
  const facts = diffEvidence(diff, null)
  const tests = await record.latest('change', 'tests')
  const lint = await record.latest('change', 'lint')
  const types = await record.latest('change', 'types')
  const before = await record.latest('baseline', 'coverage')
  const after = await record.latest('change', 'coverage')
  const proof = await record.latest('change', 'proof')
  const comments = (await record.reviews()).at(-1)?.comments ?? []
  const added = parseUnifiedDiff(diff)
    .filter((file) => !isTestPath(file.newPath))
    .flatMap((file) => file.hunks.flatMap((hunk) => hunk.added.map((line) => line.text)))
  const percent = after?.linesPercent ?? null
  return {
    testsPassed: tests ? !compareTests(await record.latest('baseline', 'tests'), tests).regressed : null,
    newLintFindings: lint ? newProblemCount(await record.latest('baseline', 'lint'), lint) : null,
    newTypeErrors: types ? newProblemCount(await record.latest('baseline', 'types'), types) : null,
    reviewWarnings: comments.filter((comment) => comment.severity === 'warning').length,
    reviewBlocking: comments.filter((comment) => comment.severity === 'blocking').length,
    testsAdded: proof?.provenBy.length ?? 0,
    testsWeakened: facts.testFlags.length,
    coverageDelta: percent === null || before?.linesPercent == null ? null : percent - before.linesPercent,
    coveragePercent: percent,
    linesAdded: facts.added,
    linesRemoved: facts.removed,
    filesChanged: facts.files.length,
    longestLine: Math.max(0, ...added.map((line) => line.length)),
    deepestNesting: Math.max(0, ...added.map(nesting)),
  }
}

/** Levels of indentation: tabs, or pairs of spaces. */
function nesting(line: string): number {
  const space = /^[ \t]*/.exec(line)?.[0] ?? ''
  const tabs = space.split('\t').length - 1
  return tabs > 0 ? tabs : Math.floor(space.length / 2)
}
