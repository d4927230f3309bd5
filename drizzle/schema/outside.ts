import { sql } from 'drizzle-orm'
import {
  bigint,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { bytea, jsonb, prose } from './columns'
import { gates } from './record'
import { repositories, runs } from './runs'

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 })
const runId = () =>
  uuid('run_id')
    .notNull()
    .references(() => runs.id, { onDelete: 'cascade' })

/**
 * Something done outside: found by its key before it is made. A row without `done_at` is an intent, or was refused:
 * whoever has the run looks outside for what became of it before it goes on.
 */
export const effects = pgTable(
  'effects',
  {
    key: text().primaryKey(),
    runId: runId(),
    kind: text().notNull(),
    intent: jsonb().$type<Record<string, unknown>>().notNull(),
    result: jsonb().$type<Record<string, unknown>>(),
    /** Times that it was begun. */
    attempts: integer().notNull().default(1),
    createdAt: at('created_at').notNull().defaultNow(),
    doneAt: at('done_at'),
  },
  (t) => [
    index('effects_run').on(t.runId),
    index('effects_open').on(t.createdAt).where(sql`done_at is null`),
  ],
)

/** What people are to be told, kept in the transaction that it tells of and delivered once by a worker. */
export const notifications = pgTable(
  'notifications',
  {
    /** Deterministic: the same news twice is one row. */
    key: text().primaryKey(),
    runId: runId(),
    gateId: uuid('gate_id').references(() => gates.id, { onDelete: 'cascade' }),
    channel: text({ enum: ['github', 'slack', 'email'] }).notNull(),
    /** `opened`, `overdue`, `escalated` of a gate, `ended` of a check. */
    what: text().notNull(),
    attempts: integer().notNull().default(0),
    /** null: delivered, or given up. */
    dueAt: at('due_at'),
    leaseToken: bigint('lease_token', { mode: 'number' }).notNull().default(0),
    leaseUntil: at('lease_until'),
    error: prose(),
    createdAt: at('created_at').notNull().defaultNow(),
    doneAt: at('done_at'),
  },
  (t) => [
    index('notifications_due').on(t.dueAt).where(sql`due_at is not null`),
    index('notifications_run').on(t.runId),
    index('notifications_failed').on(t.createdAt.desc()).where(sql`error is not null`),
  ],
)

/**
 * A run's commits that are nowhere but in a mirror, as git bundles: each holds what its commit adds to the one
 * before, so that any machine can rebuild the branch.
 */
export const runBundles = pgTable(
  'run_bundles',
  {
    runId: runId(),
    /** Number of the run's ref, 1, 2, 3 … */
    turn: integer().notNull(),
    fromSha: text('from_sha').notNull(),
    toSha: text('to_sha').notNull(),
    bytes: bytea().notNull(),
    createdAt: at('created_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.runId, t.turn] })],
)

/** Cron triggers of repositories, as their base branch's devpilot.yaml says; read anew at intervals. */
export const schedules = pgTable(
  'schedules',
  {
    id: uuid().primaryKey(),
    repositoryId: uuid('repository_id')
      .notNull()
      .references(() => repositories.id, { onDelete: 'cascade' }),
    /** Place in `pipeline.triggers`, with what it says: another text is another schedule. */
    key: text().notNull(),
    cron: text().notNull(),
    timeZone: text('time_zone').notNull(),
    flow: jsonb().$type<string[]>().notNull(),
    missed: text({ enum: ['once', 'skip'] }).notNull(),
    /** null: it has no next time, or was taken out of the file. */
    nextAt: at('next_at'),
    lastAt: at('last_at'),
    lastRunId: uuid('last_run_id').references(() => runs.id, { onDelete: 'set null' }),
    /** Why it cannot be followed. */
    problem: prose(),
    createdAt: at('created_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('schedules_key').on(t.repositoryId, t.key),
    index('schedules_next').on(t.nextAt).where(sql`next_at is not null`),
  ],
)
