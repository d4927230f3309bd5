import { sql } from 'drizzle-orm'
import { bigint, index, integer, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { deliveryStatusNames, webhookSourceNames } from '@/lib/core/webhook'
import { prose } from './columns'
import { repositories, runs } from './runs'

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 })

/**
 * What other programs told this one, each once: by their own number of it, and by what it says, for the number is not
 * signed, and whoever has seen a webhook could send it again under another. `waiting` is worked on by whoever claims it;
 * of headers nothing is kept but that number and the event's name.
 */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    id: uuid().primaryKey(),
    source: text({ enum: webhookSourceNames }).notNull(),
    delivery: text().notNull(),
    /** SHA-256 of what it says. */
    digest: text().notNull(),
    event: text().notNull(),
    action: prose(),
    repositoryId: uuid('repository_id').references(() => repositories.id, { onDelete: 'set null' }),
    /** As the payload names it, known here or not. */
    repositoryName: prose('repository_name'),
    /** JSON, redacted; null: cleared away. As text: jsonb refuses some of what JSON may hold. */
    payload: prose(),
    status: text({ enum: deliveryStatusNames }).notNull(),
    /** What came of it, or why nothing did. */
    note: prose(),
    runId: uuid('run_id').references(() => runs.id, { onDelete: 'set null' }),
    attempts: integer().notNull().default(0),
    /** null: settled. */
    dueAt: at('due_at'),
    leaseToken: bigint('lease_token', { mode: 'number' }).notNull().default(0),
    leaseUntil: at('lease_until'),
    receivedAt: at('received_at').notNull().defaultNow(),
    handledAt: at('handled_at'),
    /** When it was asked last to be worked on: when it came, or was delivered again. */
    askedAt: at('asked_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('webhook_deliveries_key').on(t.source, t.delivery),
    uniqueIndex('webhook_deliveries_digest').on(t.source, t.digest),
    index('webhook_deliveries_due').on(t.dueAt).where(sql`due_at is not null`),
    index('webhook_deliveries_received').on(t.receivedAt, t.id),
    index('webhook_deliveries_status').on(t.status, t.receivedAt, t.id),
    index('webhook_deliveries_event').on(t.event, t.receivedAt, t.id),
    index('webhook_deliveries_run').on(t.runId).where(sql`run_id is not null`),
    index('webhook_deliveries_kept').on(t.receivedAt).where(sql`payload is not null`),
  ],
)
