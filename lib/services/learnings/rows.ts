import { eq, getTableColumns, sql } from 'drizzle-orm'
import { learnings, repositories, runs } from '@/drizzle/schema'
import type { Db, Tx } from '@/lib/db/client'

const { search: _search, ...columns } = getTableColumns(learnings)

/** Its time has passed; asked of the database's clock. */
export const isOver = sql<boolean>`coalesce(${learnings.expiresAt} <= now(), false)`

/** Learnings with what pages show beside them. */
export function learningRows(db: Db | Tx) {
  return db
    .select({ learning: columns, repository: repositories.name, runTitle: runs.title, over: isOver })
    .from(learnings)
    .leftJoin(repositories, eq(repositories.id, learnings.repositoryId))
    .leftJoin(runs, eq(runs.id, learnings.runId))
}
