import { and, eq } from 'drizzle-orm'
import type { z } from 'zod'
import { savedViews } from '@/drizzle/schema'
import { appendAudit } from '@/lib/db/audit'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import { removeViewInput } from './input'

/**
 * Takes away a view of one's own.
 * @throws AppError('not_found') also for somebody else's
 */
export async function removeView({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof removeViewInput>
}): Promise<{ readonly id: string; readonly name: string }> {
  authorise(ctx, 'read')
  const { view } = parseInput(removeViewInput, input)
  return ctx.db.transaction(async (tx) => {
    const [gone] = await tx
      .delete(savedViews)
      .where(and(eq(savedViews.id, view), eq(savedViews.userId, ctx.actor.id)))
      .returning({ id: savedViews.id, name: savedViews.name })
    if (!gone) throw new AppError('not_found', 'You have no such view.', { mend: 'Load the page again.' })
    const data = { view: gone.id, name: gone.name }
    await appendAudit(tx, { runId: null, actor: ctx.actor, action: 'view.removed', data })
    return gone
  })
}
