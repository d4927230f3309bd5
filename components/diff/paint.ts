import { type Hidden, hiddenIn } from '@/lib/core/hidden'
import type { Range } from '@/lib/core/word-diff'
import { type Token, tokensOf } from './syntax'

/** A stretch of a line that looks the same all along. */
export interface Piece {
  readonly text: string
  readonly changed: boolean
  readonly token: Token['kind'] | null
  readonly hidden: Hidden | null
}

/**
 * A line cut into stretches by what changed, what is hidden in it and how code is coloured. Their texts joined are
 * the line: nothing is added, and nothing of it becomes markup.
 */
export function paint(path: string, text: string, changed: readonly Range[]): readonly Piece[] {
  const hidden = hiddenIn(text)
  const tokens = tokensOf(path, text)
  const edges = new Set([0, text.length])
  for (const [start, end] of [
    ...changed,
    ...hidden.map((item) => item.range),
    ...tokens.map((item) => item.range),
  ]) {
    edges.add(start)
    edges.add(end)
  }
  const sorted = [...edges].sort((a, b) => a - b)
  const [inChange, inHidden, inToken] = [
    cursor(changed, (range) => range),
    cursor(hidden, range),
    cursor(tokens, range),
  ]
  return sorted.slice(0, -1).map((start, index) => ({
    text: text.slice(start, sorted[index + 1]),
    changed: inChange(start) !== null,
    hidden: inHidden(start),
    token: inToken(start)?.kind ?? null,
  }))
}

const range = ({ range: place }: { readonly range: Range }): Range => place

/** Finds, for positions that only grow, the item that covers one. */
function cursor<T>(items: readonly T[], rangeOf: (item: T) => Range): (position: number) => T | null {
  let index = 0
  return (position) => {
    for (;;) {
      const item = items[index]
      if (item === undefined) return null
      const [start, end] = rangeOf(item)
      if (position < end) return position >= start ? item : null
      index += 1
    }
  }
}
