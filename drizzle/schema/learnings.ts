import { sql } from 'drizzle-orm'
import { index, integer, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import type { Actor } from '@/lib/core/trigger'
import { jsonb, prose, tsvector } from './columns'
import { repositories, runs } from './runs'

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 })

/** What becomes of a learning: see lib/core/learning.ts. */
export const learningStatusNames = ['proposed', 'approved', 'rejected', 'expired'] as const
export const learningKindNames = ['success', 'mistake', 'reviewer_rule'] as const

/** Something kept from a finished run; from model or repository text, so it waits for approval before use. */
export const learnings = pgTable(
  'learnings',
  {
    id: uuid().primaryKey(),
    repositoryId: uuid('repository_id').references(() => repositories.id),
    runId: uuid('run_id').references(() => runs.id, { onDelete: 'set null' }),
    kind: text({ enum: learningKindNames }).notNull(),
    text: prose().notNull(),
    /** As it was proposed, once a person has changed the text. */
    original: prose(),
    source: text().notNull(),
    status: text({ enum: learningStatusNames }).notNull().default('proposed'),
    /** Agents are not told of it after this time; null: never ends by itself. */
    expiresAt: at('expires_at'),
    decidedBy: jsonb('decided_by').$type<Actor>(),
    decidedAt: at('decided_at'),
    /** Runs whose agents were told of it: rows of `learning_uses`. */
    used: integer().notNull().default(0),
    search: tsvector().generatedAlwaysAs(sql`to_tsvector('simple', text)`),
    createdAt: at('created_at').notNull().defaultNow(),
  },
  (t) => [
    index('learnings_repository').on(t.repositoryId, t.status),
    index('learnings_created').on(t.createdAt, t.id),
    index('learnings_status').on(t.status, t.createdAt, t.id),
    index('learnings_kind').on(t.kind, t.createdAt, t.id),
    // Those that can be over before anybody says so.
    index('learnings_ending')
      .on(t.createdAt, t.id)
      .where(sql`status = 'approved' and expires_at is not null`),
    index('learnings_search').using('gin', t.search),
  ],
)

/** Which runs' agents were told of a learning. */
export const learningUses = pgTable(
  'learning_uses',
  {
    learningId: uuid('learning_id')
      .notNull()
      .references(() => learnings.id, { onDelete: 'cascade' }),
    runId: uuid('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    at: at('at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.learningId, t.runId] }), index('learning_uses_run').on(t.runId)],
)
