import { eq, sql } from 'drizzle-orm'
import { jobs } from '@/drizzle/schema'
import type { Db } from '@/lib/db/client'
import type { RunSummary } from '../views'
import type { RunRow } from './summary'

/** More than this are told as this many: the number is there to be looked at, not to be counted with. */
const MOST = 1_000

/** Runs that were given up and not put back yet. */
export async function deadCount(db: Db): Promise<number> {
  const some = db.select({ id: jobs.id }).from(jobs).where(eq(jobs.state, 'dead')).limit(MOST).as('some')
  const [row] = await db.select({ count: sql<number>`count(*)`.mapWith(Number) }).from(some)
  return row?.count ?? 0
}

/** Why, where and after how many tries a run was given up; null: it was not. */
export function deadOf({ status, state, endedAt }: RunRow): RunSummary['dead'] {
  const error = state?.error
  if (status !== 'failed' || !state || !error?.gaveUp || endedAt === null) return null
  return {
    reason: error.message,
    step: error.step,
    tries: error.tries ?? state.counts.attempts + 1,
    since: endedAt.toISOString(),
  }
}
