import { and, desc, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import { webhookDeliveries } from '@/drizzle/schema'
import { deliveryStatusNames } from '@/lib/core/webhook'
import { allRows } from '@/lib/db/client'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { decodeCursor, encodeCursor, olderThan, pageInput, toPage } from '../cursor'
import { parseInput } from '../parse'
import type { Page } from '../views'
import { toWebhook, webhookRows } from './rows'
import type { Webhook } from './view'

export const listWebhooksInput = z.strictObject({
  ...pageInput,
  status: z.enum(deliveryStatusNames).optional(),
  event: z.string().max(60).optional(),
})

/** What other programs told, the newest first. It holds words of strangers, so it needs `admin`. */
export async function listWebhooks({
  ctx,
  input = {},
}: {
  ctx: ServiceContext
  input?: z.input<typeof listWebhooksInput>
}): Promise<Page<Webhook>> {
  authorise(ctx, 'admin')
  const { limit, cursor, status, event } = parseInput(listWebhooksInput, input)
  const { receivedAt, id } = webhookDeliveries
  const rows = await webhookRows(ctx.db)
    .where(
      and(
        status ? eq(webhookDeliveries.status, status) : undefined,
        event ? eq(webhookDeliveries.event, event) : undefined,
        olderThan(receivedAt, id, decodeCursor(cursor)),
      ),
    )
    .orderBy(desc(receivedAt), desc(id))
    .limit(limit + 1)
  return toPage(rows, limit, ({ webhook }) => encodeCursor(webhook.receivedAt, webhook.id), toWebhook)
}

/** The events that there are, in their order, to filter by: one look into an index for each. */
export async function knownWebhookEvents({ ctx }: { ctx: ServiceContext }): Promise<string[]> {
  authorise(ctx, 'admin')
  const rows = allRows(
    await ctx.db.execute(sql`with recursive known(event) as (
        (select event from webhook_deliveries order by event limit 1)
        union all
        select (select event from webhook_deliveries where event > known.event order by event limit 1)
        from known where known.event is not null)
      select event from known where event is not null`),
  )
  return rows.map(({ event }) => String(event))
}
