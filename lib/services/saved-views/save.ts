import { sql } from 'drizzle-orm'
import type { z } from 'zod'
import { savedViews } from '@/drizzle/schema'
import { readRunFilters } from '@/lib/core/run-filters'
import { appendAudit } from '@/lib/db/audit'
import { newId } from '@/lib/db/ids'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import type { SavedView } from '../views'
import { saveViewInput } from './input'
import { toView } from './list'

/**
 * Keeps a view under a name; one's own of the same name is replaced. Everybody may keep some, and sharing one takes
 * who may start runs: it stands on everybody's page.
 * @throws AppError('bad_request') for a query with filters that say nothing
 */
export async function saveView({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof saveViewInput>
}): Promise<SavedView> {
  authorise(ctx, 'read')
  const { name, query, columns, shared } = parseInput(saveViewInput, input)
  if (shared) authorise(ctx, 'trigger')
  const { filters, ignored } = readRunFilters(Object.fromEntries(new URLSearchParams(query)))
  const [bad] = ignored
  if (bad) throw new AppError('bad_request', `query: ${bad.name}: ${bad.why}.`, { place: 'query' })
  const values = { name, columns, shared, query: new URLSearchParams(filters).toString() }
  const { id: userId, name: userName } = ctx.actor
  return ctx.db.transaction(async (tx) => {
    const [row] = await tx
      .insert(savedViews)
      .values({ id: newId(), userId, userName, ...values })
      .onConflictDoUpdate({
        target: [savedViews.userId, savedViews.name],
        set: { ...values, userName, updatedAt: sql`now()` },
      })
      .returning()
    if (!row) throw new AppError('internal', 'A view was kept and then was not there.')
    const data = { view: row.id, name, query: values.query, shared }
    await appendAudit(tx, { runId: null, actor: ctx.actor, action: 'view.saved', data })
    return toView(row, userId)
  })
}
