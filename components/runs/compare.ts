import { parsePatch } from '@/lib/core/diff'
import type { Conversation } from '@/lib/services/runs/conversations'
import type { BeadView, RunView } from '@/lib/services/views'
import { evidenceFacts, type FactPair, factsOf, factWords, pairFacts } from './compare-facts'

/** A run as far as it is compared step by step. */
export interface ComparedRun {
  readonly run: Pick<RunView, 'beads' | 'evidence'>
  readonly conversations: readonly Conversation[]
}

/** What stands side by side: a bead of each run, or of one alone. */
export interface BeadPair {
  readonly left: BeadView | null
  readonly right: BeadView | null
  readonly facts: readonly FactPair[]
  /** Why the two are not the same, each in words; empty: in all that was compared they are. */
  readonly differences: readonly string[]
}

/** The beads of two runs beside each other: the same step, task and time of it, in the order of both. */
export function alignBeads(first: ComparedRun, second: ComparedRun): BeadPair[] {
  const [left, right] = [first.run.beads, second.run.beads]
  const facts = (side: ComparedRun, bead: BeadView | null) =>
    bead === null
      ? []
      : factsOf(
          bead,
          side.run.evidence,
          side.conversations.find((one) => one.bead === bead.id),
        )
  const keysOf = (beads: readonly BeadView[]) => {
    const seen = new Map<string, number>()
    return beads.map((bead) => {
      const name = `${bead.step} ${bead.taskId ?? ''}`
      const nth = (seen.get(name) ?? 0) + 1
      seen.set(name, nth)
      return `${name} ${nth}`
    })
  }
  const [ofLeft, ofRight] = [keysOf(left), keysOf(right)]
  const pairs: BeadPair[] = []
  let [i, j] = [0, 0]
  while (i < left.length || j < right.length) {
    const [a, b] = [left[i] ?? null, right[j] ?? null]
    const same = a !== null && b !== null && ofLeft[i] === ofRight[j]
    // A bead that the other run comes to later waits for it.
    const leftFirst = !same && a !== null && (b === null || !ofRight.slice(j).includes(ofLeft[i] ?? ''))
    const takesLeft = same || leftFirst
    const takesRight = same || !leftFirst
    const pair = { left: takesLeft ? a : null, right: takesRight ? b : null }
    const both = pairFacts(facts(first, pair.left), facts(second, pair.right))
    pairs.push({ ...pair, facts: both, differences: differencesOf(pair.left, pair.right, both) })
    if (takesLeft) i += 1
    if (takesRight) j += 1
  }
  return pairs
}

function differencesOf(left: BeadView | null, right: BeadView | null, facts: readonly FactPair[]): string[] {
  if (left === null) return ['only in the second']
  if (right === null) return ['only in the first']
  const [was, is] = [left.outcome?.kind, right.outcome?.kind]
  return [
    ...(left.status === right.status ? [] : [`${left.status} and ${right.status}`]),
    ...(was === is ? [] : [`${words(was)} and ${words(is)}`]),
    ...facts.filter((pair) => !pair.same).map(({ label }) => factWords(label)),
  ]
}

const words = (kind: string | undefined): string => kind?.replaceAll('_', ' ') ?? 'not ended'

/** A file that either run changed, and how the two changes compare. */
export interface FilePair {
  readonly path: string
  readonly left: Lines | null
  readonly right: Lines | null
  readonly same: boolean
}
interface Lines {
  readonly added: number
  readonly removed: number
}

/** The files of both diffs, sorted by path. */
export function compareDiffs(left: string | null, right: string | null): FilePair[] {
  const [ofLeft, ofRight] = [filesOf(left), filesOf(right)]
  const paths = [...new Set([...ofLeft.keys(), ...ofRight.keys()])].sort()
  return paths.map((path) => {
    const [a, b] = [ofLeft.get(path) ?? null, ofRight.get(path) ?? null]
    return { path, left: a, right: b, same: a !== null && b !== null && a.text === b.text }
  })
}

function filesOf(diff: string | null): Map<string, Lines & { readonly text: string }> {
  return new Map(
    parsePatch(diff ?? '').map(({ path, added, removed, hunks, binary, status }) => [
      path,
      { added, removed, text: JSON.stringify([status, binary, hunks]) },
    ]),
  )
}

/** What the checks of two runs measured last, of each kind and phase. */
export function compareEvidence(
  left: Pick<RunView, 'evidence'>,
  right: Pick<RunView, 'evidence'>,
): FactPair[] {
  return pairFacts(evidenceFacts(left.evidence), evidenceFacts(right.evidence))
}
