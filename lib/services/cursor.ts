import { type AnyColumn, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import { AppError } from '@/lib/errors'

/** The most rows that one answer holds. */
export const MAX_LIMIT = 200

/** `limit` and `cursor`, as every list takes them. */
export const pageInput = {
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(50),
  cursor: z.string().max(500).optional(),
}

const timeCursor = z.tuple([z.iso.datetime(), z.uuid()])

/** Where the next page of a list by time begins: after the row with this time and id. */
export interface TimeCursor {
  readonly at: Date
  readonly id: string
}

export function encodeCursor(at: Date, id: string): string {
  return Buffer.from(JSON.stringify([at.toISOString(), id])).toString('base64url')
}

/** @throws AppError('bad_request') for text that no list gave out. */
export function decodeCursor(cursor: string | undefined): TimeCursor | null {
  if (cursor === undefined) return null
  const parsed = parseCursor(cursor)
  if (!parsed.success) throw badCursor()
  return { at: new Date(parsed.data[0]), id: parsed.data[1] }
}

/** The condition for the rows of the next page, the newest first. */
export function olderThan(at: AnyColumn, id: AnyColumn, after: TimeCursor | null): SQL | undefined {
  return after ? sql`(${at}, ${id}) < (${after.at.toISOString()}::timestamptz, ${after.id}::uuid)` : undefined
}

/** The same of a list with the oldest first. */
export function newerThan(at: AnyColumn, id: AnyColumn, after: TimeCursor | null): SQL | undefined {
  return after ? sql`(${at}, ${id}) > (${after.at.toISOString()}::timestamptz, ${after.id}::uuid)` : undefined
}

/** Whether a list by time can have given it out. */
export function isCursor(text: string): boolean {
  return parseCursor(text).success
}

function parseCursor(text: string) {
  return timeCursor.safeParse(jsonOrNull(Buffer.from(text, 'base64url').toString('utf8')))
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function badCursor(): AppError {
  return new AppError('bad_request', 'cursor: no list gave out this cursor.', {
    place: 'cursor',
    mend: 'Use the `next` of the page before, or leave it out to begin anew.',
  })
}

/** The greatest id there can be: a cursor with it begins with the rows of its very millisecond. */
export const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff'
export const FIRST_ID = '00000000-0000-0000-0000-000000000000'

/** A page from one row more than asked for: the surplus row only tells that there is a next page. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  cursorOf: (row: Row) => string,
  toItem: (row: Row) => Item,
): { items: Item[]; next: string | null } {
  const kept = rows.slice(0, limit)
  const last = kept.at(-1)
  return {
    items: kept.map(toItem),
    next: rows.length > limit && last !== undefined ? cursorOf(last) : null,
  }
}
