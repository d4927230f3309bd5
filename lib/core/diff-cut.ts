/** Longer lines are generated, packed or hostile: nobody reads them, and a browser chokes on them. */
export const MAX_LINE = 20_000
/** More of a diff is not sent to a page. */
export const MAX_DIFF = 4_000_000

export interface CutDiff {
  readonly text: string
  /** Lines that were cut. */
  readonly cutLines: number
  /** Characters at the end that were left out. */
  readonly leftOut: number
}

/**
 * A diff as a page can hold it. A line that was cut ends in NUL and how many characters it lost: NUL is in no stored
 * text, so that no content can claim to be cut.
 */
export function cutDiff(diff: string, { maxLine = MAX_LINE, maxDiff = MAX_DIFF } = {}): CutDiff {
  let cutLines = 0
  const lines = diff.split('\n').map((line) => {
    if (line.length <= maxLine) return line
    cutLines += 1
    return `${line.slice(0, maxLine)}\0${line.length - maxLine}`
  })
  const text = cutLines === 0 ? diff : lines.join('\n')
  if (text.length <= maxDiff) return { text, cutLines, leftOut: 0 }
  const end = Math.max(0, text.lastIndexOf('\n', maxDiff)) + 1
  return { text: text.slice(0, end), cutLines, leftOut: text.length - end }
}

/** A line of a cut diff: what there is of it, and how many characters it lost. */
export function cutLine(line: string): { readonly text: string; readonly lost: number } {
  const at = line.lastIndexOf('\0')
  const lost = at === -1 ? 0 : Number(line.slice(at + 1))
  return Number.isSafeInteger(lost) && lost > 0 ? { text: line.slice(0, at), lost } : { text: line, lost: 0 }
}
