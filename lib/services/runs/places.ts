import type { SQL } from 'drizzle-orm'
import { allRows, type Db } from '@/lib/db/client'
import { AppError } from '@/lib/errors'
import type { TimeCursor } from '../cursor'

export interface FoundPlace extends TimeCursor {
  readonly lane: number
}

/** Runs' places in time out of rows with `id`, `created_at` and `lane`. */
export async function placesOf(db: Db, query: SQL): Promise<FoundPlace[]> {
  return allRows(await db.execute(query)).map((row) => ({
    id: String(row.id),
    at: dateOf(row.created_at),
    lane: Number(row.lane),
  }))
}

/** Drivers give a time as a Date or as text. */
function dateOf(value: unknown): Date {
  if (value instanceof Date) return value
  if (typeof value === 'string') return new Date(value)
  throw new AppError('internal', 'The database gave no time.')
}
