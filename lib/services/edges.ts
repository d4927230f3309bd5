import { type SQL, sql } from 'drizzle-orm'
import { FIRST_ID, LAST_ID, type TimeCursor } from './cursor'

/** The part of time that is looked at: from (with it) to (without it); the cursor's own row is left out. */
export interface Way {
  readonly from: Date | null
  readonly to: Date | null
  readonly cursor: TimeCursor | null
  readonly towards: 'older' | 'newer'
}

export interface Edge {
  readonly at: string
  readonly id: string
  readonly sign: SQL
}

/**
 * The two ends of a way, each the nearer of what the filters and the cursor say. An index begins to read at one
 * comparison of several columns; a second one it would only test, row by row.
 */
export function edgesOf({ from, to, cursor, towards }: Way): { readonly low: Edge; readonly high: Edge } {
  const after = towards === 'newer' ? cursor : null
  const before = towards === 'older' ? cursor : null
  const low: Edge =
    after && (from === null || after.at >= from)
      ? { at: after.at.toISOString(), id: after.id, sign: sql`>` }
      : { at: from?.toISOString() ?? '-infinity', id: FIRST_ID, sign: sql`>=` }
  const high: Edge =
    before && (to === null || before.at < to)
      ? { at: before.at.toISOString(), id: before.id, sign: sql`<` }
      : to
        ? { at: to.toISOString(), id: FIRST_ID, sign: sql`<` }
        : { at: 'infinity', id: LAST_ID, sign: sql`<=` }
  return { low, high }
}
