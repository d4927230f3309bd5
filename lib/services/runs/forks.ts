import { desc, eq } from 'drizzle-orm'
import { runs } from '@/drizzle/schema'
import type { Db } from '@/lib/db/client'
import type { RunView } from '../views'
import type { RunRow } from './summary'

/** The most forks of one run that its view holds. */
const MOST = 50

/** What a run was forked from; null when it was not, or that run is gone. */
export async function forkOf(db: Db, run: RunRow): Promise<RunView['fork']> {
  if (run.forkOf === null || run.forkedAt === null) return null
  const [row] = await db.select({ title: runs.title }).from(runs).where(eq(runs.id, run.forkOf))
  return row ? { run: run.forkOf, title: row.title, place: run.forkedAt } : null
}

/** What was forked from a run, the newest first. */
export async function forksOf(db: Db, run: string): Promise<RunView['forks']> {
  const rows = await db
    .select({ run: runs.id, status: runs.status, place: runs.forkedAt, createdAt: runs.createdAt })
    .from(runs)
    .where(eq(runs.forkOf, run))
    .orderBy(desc(runs.createdAt))
    .limit(MOST)
  return rows.flatMap(({ place, createdAt, ...row }) =>
    place === null ? [] : [{ ...row, place, createdAt: createdAt.toISOString() }],
  )
}
