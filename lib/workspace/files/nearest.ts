/** Beyond this many comparisons of lines only equal lines count, so that a large file costs no seconds. */
const carefulComparisons = 2_000_000

/**
 * The part of a file most like the sought lines, with line numbers, as a sentence for an agent; null when no line is
 * like any of them. Pure.
 */
export function nearestPlace(lines: readonly string[], sought: readonly string[]): string | null {
  const wanted = sought
    .map((line) => line.trim())
    .filter(Boolean)
    .slice(0, 60)
  if (wanted.length === 0 || lines.length === 0) return null
  const careful = lines.length * wanted.length <= carefulComparisons
  const have = lines.map((line) => line.trim())
  const wantedWords = wanted.map(words)
  const haveWords = careful ? have.map(words) : []
  let best = { score: 0, start: 0 }
  for (let start = 0; start < have.length; start++) {
    let score = 0
    for (const [offset, line] of wanted.entries()) {
      const there = have[start + offset]
      if (there === undefined) break
      if (there === line) score += 1
      else if (careful) score += likeness(wantedWords[offset], haveWords[start + offset]) * 0.8
    }
    if (score > best.score) best = { score, start }
  }
  if (best.score / wanted.length < 0.15) return null
  const from = Math.max(0, best.start - 2)
  const to = Math.min(lines.length, best.start + Math.min(wanted.length, 30) + 2)
  const shown = lines.slice(from, to).map((line, index) => `${from + index + 1}: ${line.slice(0, 300)}`)
  return `The nearest place is at line ${best.start + 1}:\n${shown.join('\n')}\n`
}

function words(line: string): Set<string> {
  return new Set(line.match(/[\p{L}\p{N}_]+/gu) ?? [])
}

/** Shared words over all words, 0 to 1 (Jaccard index). */
function likeness(a: Set<string> | undefined, b: Set<string> | undefined): number {
  if (!a?.size || !b?.size) return 0
  let shared = 0
  for (const word of a) if (b.has(word)) shared++
  return shared / (a.size + b.size - shared)
}
