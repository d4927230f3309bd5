import { anchorAt } from '@/lib/core/diff-place'
import type { Row } from './rows'

/** A name for each row that it keeps when others come before it: so what has the focus, or is typed into, stays there. */
export function keysOf(rows: readonly Row[]): readonly string[] {
  const taken = new Set<string>()
  let line = ''
  let under = 0
  return rows.map((row, index) => {
    const own = ownKey(row)
    if (own !== null && row.kind !== 'form') {
      line = own
      under = 0
    }
    const key = own ?? `${line} ${under++}`
    // No diff of git's has a line twice; one that does is drawn as well.
    const unique = taken.has(key) ? `${key} ~${index}` : key
    taken.add(unique)
    return unique
  })
}

/** Null for what belongs to the row above. */
function ownKey(row: Row): string | null {
  switch (row.kind) {
    case 'file':
      return `${row.file}`
    case 'hunk':
      return `${row.file} @${row.hunk.oldStart},${row.hunk.newStart}`
    case 'line':
      return `${row.file} ${row.side.line.oldLine},${row.side.line.newLine}`
    case 'pair':
      return `${row.file} ${row.old?.line.oldLine}|${row.now?.line.newLine}`
    case 'form':
      return `${row.file} + ${anchorAt(row.place)}`
    case 'said':
    case 'note':
      return null
    default:
      return row satisfies never
  }
}
