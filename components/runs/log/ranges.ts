/** `[first line, how many]`, in order: the lines that a log is shown as. */
export type Ranges = readonly (readonly [first: number, count: number])[]

/** Ranges that can be asked both ways, each time in a few steps however many there are. */
export class LineMap {
  readonly count: number
  private readonly ranges: Ranges
  /** Index of the first line of each range. */
  private readonly starts: readonly number[]
  /** Number of the first line of each range. */
  private readonly firsts: readonly number[]

  constructor(ranges: Ranges) {
    let at = 0
    this.starts = ranges.map(([, count]) => {
      at += count
      return at - count
    })
    this.count = at
    this.ranges = ranges
    this.firsts = ranges.map(([first]) => first)
  }

  /** The number of the line that is shown at this place; null beyond the end. */
  lineAt(index: number): number | null {
    if (index < 0 || index >= this.count) return null
    const place = lastAtMost(this.starts, index)
    const range = this.ranges[place]
    return range ? range[0] + index - (this.starts[place] ?? 0) : null
  }

  /** Where this line is shown, or the next one that is; `count` where none comes after it. */
  indexFrom(line: number): number {
    const place = lastAtMost(this.firsts, line)
    const range = this.ranges[place]
    if (!range) return 0
    const start = this.starts[place] ?? 0
    return line < range[0] + range[1] ? start + line - range[0] : start + range[1]
  }
}

/** The place of the last number that is not above this one; -1 for none. */
function lastAtMost(sorted: readonly number[], value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? Number.POSITIVE_INFINITY) <= value) low = middle + 1
    else high = middle
  }
  return low - 1
}
