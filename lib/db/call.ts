import { sql } from 'drizzle-orm'
import { storableJson } from '@/drizzle/schema/columns'
import { AppError, type ErrorCode } from '@/lib/errors'
import { type Db, firstRow, type Tx } from './client'

/** Errors that our functions raise, by their SQLSTATE. */
const raised: Readonly<Record<string, ErrorCode>> = {
  DP001: 'lease_lost',
  DP002: 'conflict',
  DP003: 'not_found',
}

/** The functions of drizzle/migrations that take one document. */
type FunctionName =
  | 'devpilot_begin'
  | 'devpilot_open_gate'
  | 'devpilot_settle'
  | 'devpilot_start'
  | 'devpilot_transition'

/**
 * Calls a function of ours with a document, in one round trip.
 * @returns what it gives, as parsed JSON; null for nothing
 * @throws AppError('lease_lost' | 'conflict' | 'not_found') where the function refuses
 */
export async function callFunction(db: Db | Tx, name: FunctionName, document: unknown): Promise<unknown> {
  try {
    const result = await db.execute(sql`select ${sql.raw(name)}(${storableJson(document)}::jsonb) as value`)
    const value = firstRow(result)?.value
    return value === '' ? null : (value ?? null)
  } catch (error) {
    throw asRefusal(error) ?? error
  }
}

/** The refusal behind a driver's error, which Drizzle wraps; null for any other. */
function asRefusal(error: unknown): AppError | null {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const code = 'code' in at && typeof at.code === 'string' ? raised[at.code] : undefined
    if (code) return new AppError(code, at.message)
  }
  return null
}
