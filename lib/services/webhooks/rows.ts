import { eq, getTableColumns } from 'drizzle-orm'
import { repositories, runs, webhookDeliveries } from '@/drizzle/schema'
import type { Db, Tx } from '@/lib/db/client'
import { isoOrNull } from '../runs/summary'
import type { Webhook } from './view'

const { payload: _payload, ...columns } = getTableColumns(webhookDeliveries)

/** Deliveries with what pages show beside them, without their payloads. */
export function webhookRows(db: Db | Tx) {
  return db
    .select({
      webhook: columns,
      repository: { id: repositories.id, name: repositories.name },
      run: { id: runs.id, title: runs.title, status: runs.status },
    })
    .from(webhookDeliveries)
    .leftJoin(repositories, eq(repositories.id, webhookDeliveries.repositoryId))
    .leftJoin(runs, eq(runs.id, webhookDeliveries.runId))
}

export type WebhookRow = Awaited<ReturnType<typeof webhookRows>>[number]

export function toWebhook({ webhook, repository, run }: WebhookRow): Webhook {
  const { id, source, delivery, event, action, repositoryName, status, note, attempts } = webhook
  return {
    id,
    source,
    delivery,
    event,
    action,
    repositoryName,
    repository,
    status,
    note,
    run,
    attempts,
    dueAt: isoOrNull(webhook.dueAt),
    receivedAt: webhook.receivedAt.toISOString(),
    handledAt: isoOrNull(webhook.handledAt),
  }
}
