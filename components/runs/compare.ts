import { parsePatch } from '@/lib/core/diff'
import type { BeadView, RunView } from '@/lib/services/views'

/** What stands side by side: a bead of each run, or of one alone. */
export interface BeadPair {
  readonly left: BeadView | null
  readonly right: BeadView | null
  /** Why the two are not the same; null: they are. */
  readonly difference: string | null
}

/** The beads of two runs beside each other: the same step, task and time of it, in the order of both. */
export function alignBeads(left: readonly BeadView[], right: readonly BeadView[]): BeadPair[] {
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
    pairs.push({ ...pair, difference: differenceOf(pair.left, pair.right) })
    if (takesLeft) i += 1
    if (takesRight) j += 1
  }
  return pairs
}

function differenceOf(left: BeadView | null, right: BeadView | null): string | null {
  if (left === null) return 'only in the second'
  if (right === null) return 'only in the first'
  if (left.status !== right.status) return `${left.status} and ${right.status}`
  const [was, is] = [left.outcome?.kind, right.outcome?.kind]
  if (was !== is) return `${words(was)} and ${words(is)}`
  if (left.headSha !== right.headSha) return 'another commit'
  return left.model !== right.model ? 'another model' : null
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

/** How many pieces of evidence of each kind a run has, by kind. */
export function countEvidence({ evidence }: Pick<RunView, 'evidence'>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { kind } of evidence) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}
