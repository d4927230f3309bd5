import { and, eq, isNull } from 'drizzle-orm'
import { z } from 'zod'
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

/** A repository by its id, or by its name; a removed one too, for its past is still there. null: there is none. */
export async function findNamed(
  db: Db | Tx,
  given: string,
): Promise<{ readonly id: string; readonly name: string } | null> {
  const { id, name } = repositories
  const [row] = await db
    .select({ id, name })
    .from(repositories)
    .where(eq(z.uuid().safeParse(given).success ? id : name, given))
    .limit(1)
  return row ?? null
}

/**
 * As `findRepository`, and it cannot be removed until the transaction ends. Holds no more than a new run of it does.
 * @throws AppError('not_found')
 */
export async function holdRepository(tx: Tx, id: string): Promise<void> {
  await tx.select({ id: repositories.id }).from(repositories).where(eq(repositories.id, id)).for('key share')
  await findRepository(tx, id)
}
