/** One line of two texts laid beside each other. */
export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed'
  readonly text: string
  /** 1-based, in the old and the new text; null where the line is not in it. */
  readonly before: number | null
  readonly after: number | null
}

/** Beyond it the middle is shown as wholly changed: a table of that many cells would stop the page. */
const MAX_CELLS = 4_000_000

/**
 * What changed between two texts, by whole lines: the longest common subsequence of what lies between their common
 * beginning and end. For texts of a few thousand lines, such as a configuration.
 */
export function lineDiff(before: string, after: string): DiffLine[] {
  const [a, b] = [linesOf(before), linesOf(after)]
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1
  let end = 0
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end += 1
  const middle = between(a.slice(start, a.length - end), b.slice(start, b.length - end))
  const kinds: DiffLine['kind'][] = [
    ...Array<'same'>(start).fill('same'),
    ...middle,
    ...Array<'same'>(end).fill('same'),
  ]
  let [i, j] = [0, 0]
  return kinds.map((kind) => {
    const text = (kind === 'added' ? b[j] : a[i]) ?? ''
    if (kind !== 'added') i += 1
    if (kind !== 'removed') j += 1
    return { kind, text, before: kind === 'added' ? null : i, after: kind === 'removed' ? null : j }
  })
}

function linesOf(text: string): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

function between(a: readonly string[], b: readonly string[]): DiffLine['kind'][] {
  if (a.length * b.length > MAX_CELLS) {
    return [...a.map(() => 'removed' as const), ...b.map(() => 'added' as const)]
  }
  const width = b.length + 1
  const common = new Uint32Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const here = i * width + j
      const [down, right] = [common[here + width] ?? 0, common[here + 1] ?? 0]
      common[here] = a[i] === b[j] ? (common[here + width + 1] ?? 0) + 1 : Math.max(down, right)
    }
  }
  const kinds: DiffLine['kind'][] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    const here = i * width + j
    if (i < a.length && j < b.length && a[i] === b[j]) {
      kinds.push('same')
      i += 1
      j += 1
    } else if (i < a.length && (j >= b.length || (common[here + width] ?? 0) >= (common[here + 1] ?? 0))) {
      kinds.push('removed')
      i += 1
    } else {
      kinds.push('added')
      j += 1
    }
  }
  return kinds
}

/** The changed lines with a few around them; null stands for what is left out between two places. */
export function hunksOf(lines: readonly DiffLine[], around = 3): readonly (DiffLine | null)[] {
  const near = new Set<number>()
  lines.forEach((line, index) => {
    if (line.kind === 'same') return
    for (let i = index - around; i <= index + around; i += 1) near.add(i)
  })
  return lines.flatMap((line, index) => {
    if (near.has(index)) return [line]
    return near.has(index - 1) && lines.slice(index).some((_, rest) => near.has(index + rest)) ? [null] : []
  })
}
