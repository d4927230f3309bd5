import { eq } from 'drizzle-orm'
import type { z } from 'zod'
import { webhookDeliveries } from '@/drizzle/schema'
import { appendAudit } from '@/lib/db/audit'
import { askedAgain } from '@/lib/db/webhooks'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import { getWebhookInput, noWebhook } from './get'
import { toWebhook, webhookRows } from './rows'
import type { Webhook } from './view'

export const redeliverWebhookInput = getWebhookInput

/**
 * Has a delivery worked on again, from its beginning. Whoever has it at this moment can settle it no more.
 * @throws AppError('not_found'), 'conflict' where its run is there, or its payload is not
 */
export async function redeliverWebhook({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof redeliverWebhookInput>
}): Promise<Webhook> {
  authorise(ctx, 'admin')
  const { id } = parseInput(redeliverWebhookInput, input)
  return ctx.db.transaction(async (tx) => {
    const here = eq(webhookDeliveries.id, id)
    const [row] = await tx.select().from(webhookDeliveries).where(here).for('update')
    if (!row) throw noWebhook(id)
    if (row.runId !== null) {
      throw new AppError('conflict', `This delivery has started its run: ${row.runId}.`, {
        mend: 'Retry that run, or start another under New run.',
      })
    }
    if (row.payload === null) {
      throw new AppError('conflict', 'What this delivery brought was cleared away, a month after it came.', {
        mend: 'Start the run by hand, under New run.',
      })
    }
    await tx.update(webhookDeliveries).set(askedAgain).where(here)
    const data = {
      webhook: id,
      source: row.source,
      delivery: row.delivery,
      event: row.event,
      was: row.status,
    }
    await appendAudit(tx, { runId: null, actor: ctx.actor, action: 'webhook.redelivered', data })
    const [changed] = await webhookRows(tx).where(here)
    if (!changed) throw noWebhook(id)
    return toWebhook(changed)
  })
}
