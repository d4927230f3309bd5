/** A part of a line, by UTF-16 positions: from `start` up to and without `end`. */
export type Range = readonly [start: number, end: number]

export interface WordDiff {
  /** What of the old line is gone. */
  readonly before: readonly Range[]
  /** What of the new line is new. */
  readonly after: readonly Range[]
}

/** Words of a longer line are not compared: the middle that differs is marked as one. */
const MAX_CELLS = 90_000
/** Under this share in common two lines are two lines, and marks in them would only be noise. */
const MIN_COMMON = 0.3

const none: WordDiff = { before: [], after: [] }

/**
 * What changed within a line, word by word: the longest common subsequence of words, white space and single signs.
 * @returns empty where the lines are equal, or have too little in common to be versions of one line
 */
export function wordDiff(before: string, after: string): WordDiff {
  if (before === after) return none
  const [old, now] = [wordsOf(before), wordsOf(after)]
  const head = commonHead(old, now)
  const tail = commonTail(old, now, head)
  const oldMiddle = old.slice(head, old.length - tail)
  const nowMiddle = now.slice(head, now.length - tail)
  const kept = keptWords(oldMiddle, nowMiddle)
  const oldKept = (index: number) => index < head || index >= old.length - tail || kept.old.has(index - head)
  const nowKept = (index: number) => index < head || index >= now.length - tail || kept.now.has(index - head)
  if (share(old, oldKept, now) < MIN_COMMON) return none
  return { before: ranges(old, oldKept), after: ranges(now, nowKept) }
}

function wordsOf(text: string): readonly string[] {
  return text.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? []
}

function commonHead(a: readonly string[], b: readonly string[]): number {
  let count = 0
  while (count < a.length && count < b.length && a[count] === b[count]) count += 1
  return count
}

function commonTail(a: readonly string[], b: readonly string[], head: number): number {
  let count = 0
  const most = Math.min(a.length, b.length) - head
  while (count < most && a[a.length - 1 - count] === b[b.length - 1 - count]) count += 1
  return count
}

/** Indexes of the words that both keep, in order; none where comparing them would take too long. */
function keptWords(old: readonly string[], now: readonly string[]): { old: Set<number>; now: Set<number> } {
  const kept = { old: new Set<number>(), now: new Set<number>() }
  const width = now.length + 1
  if (old.length === 0 || now.length === 0 || old.length * now.length > MAX_CELLS) return kept
  const lengths = new Uint16Array((old.length + 1) * width)
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  let [i, j] = [0, 0]
  while (i < old.length && j < now.length) {
    if (old[i] === now[j]) {
      kept.old.add(i)
      kept.now.add(j)
      i += 1
      j += 1
    } else if (at(i + 1, j) >= at(i, j + 1)) i += 1
    else j += 1
  }
  return kept
}

/** How much of the longer line both have, 0 to 1, white space left out. */
function share(old: readonly string[], kept: (index: number) => boolean, now: readonly string[]): number {
  const size = (words: readonly string[]): number =>
    words.reduce((sum, word) => sum + (word.trim() === '' ? 0 : word.length), 0)
  const longer = Math.max(size(old), size(now))
  return longer === 0 ? 1 : size(old.filter((_, index) => kept(index))) / longer
}

function ranges(words: readonly string[], kept: (index: number) => boolean): readonly Range[] {
  const found: [number, number][] = []
  let position = 0
  words.forEach((word, index) => {
    const end = position + word.length
    if (!kept(index)) {
      const last = found.at(-1)
      if (last && last[1] === position) last[1] = end
      else found.push([position, end])
    }
    position = end
  })
  return found
}
