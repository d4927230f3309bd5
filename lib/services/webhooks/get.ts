import { eq } from 'drizzle-orm'
import { z } from 'zod'
import { webhookDeliveries } from '@/drizzle/schema'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import { toWebhook, webhookRows } from './rows'
import type { WebhookDetail } from './view'

export const getWebhookInput = z.strictObject({ id: z.uuid() })

/** One delivery with what it brought. @throws AppError('not_found') */
export async function getWebhook({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof getWebhookInput>
}): Promise<WebhookDetail> {
  authorise(ctx, 'admin')
  const { id } = parseInput(getWebhookInput, input)
  const [[row], [kept]] = await Promise.all([
    webhookRows(ctx.db).where(eq(webhookDeliveries.id, id)),
    ctx.db
      .select({ payload: webhookDeliveries.payload })
      .from(webhookDeliveries)
      .where(eq(webhookDeliveries.id, id)),
  ])
  if (!row || !kept) throw noWebhook(id)
  return { ...toWebhook(row), payload: kept.payload === null ? null : JSON.parse(kept.payload) }
}

export function noWebhook(id: string): AppError {
  return new AppError('not_found', `There is no webhook ${id}.`, {
    mend: 'Settings, Webhooks lists them.',
  })
}
