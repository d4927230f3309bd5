import { and, eq, inArray, sql } from 'drizzle-orm'
import { z } from 'zod'
import { repositories, runs, schedules } from '@/drizzle/schema'
import { isEnded, runStatusNames } from '@/lib/core/status'
import { appendAudit } from '@/lib/db/audit'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import { findRepository } from './find'
import { repositoryViewSchema, toRepositoryView } from './view'

export const removeRepositoryInput = z.strictObject({ repository: z.uuid() })
export const removedSchema = repositoryViewSchema

const active = runStatusNames.filter((status) => !isEnded(status))

/**
 * Takes a repository off the lists: its schedules end and no run is started for it until it is added again. Its runs,
 * changes and audit entries stay. Nothing is done to the repository itself.
 * @throws AppError('not_found'), 'conflict' while a run of it has not ended
 */
export async function removeRepository({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof removeRepositoryInput>
}): Promise<z.infer<typeof removedSchema>> {
  authorise(ctx, 'admin')
  const { repository: id } = parseInput(removeRepositoryInput, input)
  return ctx.db.transaction(async (tx) => {
    // A run that is being started holds the row's key: it is seen below, or waits and finds nothing to start on.
    await tx.select({ id: repositories.id }).from(repositories).where(eq(repositories.id, id)).for('update')
    const row = await findRepository(tx, id)
    const [busy] = await tx
      .select({ id: runs.id, title: runs.title, status: runs.status })
      .from(runs)
      .where(and(inArray(runs.status, active), eq(runs.repositoryId, id)))
      .limit(1)
    if (busy) {
      throw new AppError('conflict', `A run of ${row.name} has not ended: ${busy.title.slice(0, 100)}.`, {
        place: busy.id,
        mend: 'Let it end, or cancel it, then remove the repository.',
      })
    }
    await tx.update(repositories).set({ removedAt: sql`now()` }).where(eq(repositories.id, id))
    await tx.update(schedules).set({ nextAt: null, problem: null }).where(eq(schedules.repositoryId, id))
    const data = { repository: id, name: row.name, source: row.source }
    await appendAudit(tx, { runId: null, actor: ctx.actor, action: 'repository.removed', data })
    return toRepositoryView(row)
  })
}
