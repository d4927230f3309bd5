import { proofEvidenceSchema, testEvidenceSchema } from '@/lib/core/evidence'
import type { Task } from '@/lib/core/plan'
import type { EvidenceView } from '@/lib/services/views'

/** How an acceptance criterion is known to hold. */
export interface Proven {
  readonly criterion: string
  /** Tests that failed before, pass now, and whose names speak of it. */
  readonly tests: readonly string[]
}

const common = new Set(
  'that this with from when then than into each every must should only have been were there their which case test tests'.split(
    ' ',
  ),
)

/**
 * Which criteria of a task tests stand for: criteria are prose and tests have names, so a test counts for a criterion
 * whose words are in its name, and the page says which test that is. What the agents claim counts for nothing.
 */
export function proveCriteria(task: Task, evidence: readonly EvidenceView[]): readonly Proven[] {
  const names = provingTests(evidence)
  return task.acceptance_criteria.map((criterion) => {
    const wanted = wordsOf(criterion)
    const needed = Math.min(wanted.size, Math.max(2, Math.ceil(wanted.size / 3)))
    const tests = names.filter((name) => {
      const has = wordsOf(name)
      return needed > 0 && [...wanted].filter((word) => has.has(word)).length >= needed
    })
    return { criterion, tests: tests.slice(0, 5) }
  })
}

/** Tests that fail on the base and pass on the head, unless the last run of the tests says that they fail since. */
function provingTests(evidence: readonly EvidenceView[]): readonly string[] {
  const last = (kind: string) =>
    evidence.findLast((item) => item.kind === kind && item.phase === 'change')?.data
  const proof = proofEvidenceSchema.safeParse(last('proof'))
  if (!proof.success) return []
  const tests = testEvidenceSchema.safeParse(last('tests'))
  const failing = new Set(
    tests.success ? tests.data.cases.filter(({ status }) => status === 'failed').map(({ id }) => id) : [],
  )
  return proof.data.provenBy.filter((id) => !failing.has(id))
}

function wordsOf(text: string): ReadonlySet<string> {
  const words = text
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu)
  return new Set(
    (words ?? []).filter((word) => (word.length > 3 || /^\d+$/.test(word)) && !common.has(word)).map(stem),
  )
}

/** `dates` and `date`, `parsed` and `parse` are one word here. */
const stem = (word: string): string => word.replace(/(?:ing|ed|es|s)$/, '').replace(/e$/, '') || word
