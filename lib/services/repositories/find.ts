import { and, eq, isNull } from 'drizzle-orm'
import { repositories } from '@/drizzle/schema'
import type { Db, Tx } from '@/lib/db/client'
import { AppError } from '@/lib/errors'

/** A repository that was not removed. @throws AppError('not_found') */
export async function findRepository(db: Db | Tx, id: string): Promise<typeof repositories.$inferSelect> {
  const [row] = await db
    .select()
    .from(repositories)
    .where(and(eq(repositories.id, id), isNull(repositories.removedAt)))
  if (row) return row
  throw new AppError('not_found', 'There is no such repository; it may have been removed.', {
    place: 'repository',
    mend: 'Go back to the list of repositories, or add it again.',
  })
}
