import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  date,
  index,
  integer,
  numeric,
  pgTable,
  pgView,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import type { Evaluation } from '@/lib/core/evaluation'
import type { GatePolicy } from '@/lib/core/limits'
import type { Review } from '@/lib/core/review'
import type { Actor } from '@/lib/core/trigger'
import { jsonb, prose } from './columns'
import { beads, repositories, runs } from './runs'

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 })
const runId = () =>
  uuid('run_id')
    .notNull()
    .references(() => runs.id, { onDelete: 'cascade' })

/** Text kept whole by its content: diffs, plans, raw answers, logs. */
export const artifacts = pgTable(
  'artifacts',
  {
    id: uuid().primaryKey(),
    runId: runId(),
    beadId: uuid('bead_id').references(() => beads.id, { onDelete: 'cascade' }),
    kind: text().notNull(),
    sha256: text().notNull(),
    content: prose().notNull(),
    createdAt: at('created_at').notNull().defaultNow(),
  },
  (t) => [index('artifacts_run').on(t.runId, t.kind)],
)

/** What a deterministic check produced, tied to a commit; `data` is lib/core/evidence.ts. */
export const evidence = pgTable(
  'evidence',
  {
    id: uuid().primaryKey(),
    runId: runId(),
    beadId: uuid('bead_id').references(() => beads.id, { onDelete: 'cascade' }),
    kind: text().notNull(),
    /** `baseline` on the untouched base, `change` on the run's branch. */
    phase: text({ enum: ['baseline', 'change'] }).notNull(),
    commit: text().notNull(),
    data: jsonb().$type<Record<string, unknown>>().notNull(),
    createdAt: at('created_at').notNull().defaultNow(),
  },
  (t) => [index('evidence_run').on(t.runId, t.createdAt)],
)

export const gateStatusNames = ['waiting', 'approved', 'rejected', 'lapsed', 'void'] as const

export const gates = pgTable(
  'gates',
  {
    id: uuid().primaryKey(),
    runId: runId(),
    beadId: uuid('bead_id').references(() => beads.id, { onDelete: 'cascade' }),
    /** `pre-merge-main`, `confidence-gate`. */
    name: text().notNull(),
    status: text({ enum: gateStatusNames }).notNull(),
    reason: prose().notNull(),
    policy: jsonb().$type<GatePolicy>().notNull(),
    /** SHA-256 of {base, head, diff, plan, policy}; see lib/core/gate.ts. */
    evidenceHash: text('evidence_hash').notNull(),
    baseSha: text('base_sha').notNull(),
    headSha: text('head_sha').notNull(),
    diffArtifactId: uuid('diff_artifact_id').references(() => artifacts.id),
    /** What approving leads to: `merge into main`. */
    leadsTo: text('leads_to').notNull(),
    overdue: boolean().notNull().default(false),
    expiresAt: at('expires_at'),
    openedAt: at('opened_at').notNull().defaultNow(),
    closedAt: at('closed_at'),
  },
  (t) => [
    index('gates_run').on(t.runId),
    index('gates_waiting').on(t.openedAt).where(sql`status = 'waiting'`),
    index('gates_closed').on(t.closedAt, t.id).where(sql`status <> 'waiting'`),
    index('gates_opened').on(t.openedAt, t.id),
  ],
)

export const gateDecisions = pgTable(
  'gate_decisions',
  {
    id: uuid().primaryKey(),
    gateId: uuid('gate_id')
      .notNull()
      .references(() => gates.id, { onDelete: 'cascade' }),
    decision: text({ enum: ['approve', 'reject'] }).notNull(),
    actor: jsonb().$type<Actor>().notNull(),
    actorId: text('actor_id').notNull(),
    reason: prose(),
    evidenceHash: text('evidence_hash').notNull(),
    at: at('at').notNull().defaultNow(),
  },
  (t) => [uniqueIndex('gate_decisions_once').on(t.gateId, t.actorId)],
)

/** What people say to each other at a gate before, and after, it is decided. */
export const gateComments = pgTable(
  'gate_comments',
  {
    id: uuid().primaryKey(),
    gateId: uuid('gate_id')
      .notNull()
      .references(() => gates.id, { onDelete: 'cascade' }),
    actor: jsonb().$type<Actor>().notNull(),
    actorId: text('actor_id').notNull(),
    body: prose().notNull(),
    /** The line of the gate's diff that it is about; all three or none. */
    path: prose(),
    side: text({ enum: ['old', 'new'] }),
    line: integer(),
    at: at('at').notNull().defaultNow(),
  },
  (t) => [
    index('gate_comments_gate').on(t.gateId, t.at),
    check('gate_comments_place', sql`num_nonnulls(${t.path}, ${t.side}, ${t.line}) in (0, 3)`),
  ],
)

export const pullRequests = pgTable(
  'pull_requests',
  {
    id: uuid().primaryKey(),
    repositoryId: uuid('repository_id')
      .notNull()
      .references(() => repositories.id),
    runId: uuid('run_id').references(() => runs.id, { onDelete: 'set null' }),
    /** Deterministic key of the effect that made it. */
    key: text().notNull().unique(),
    number: integer().notNull(),
    url: text().notNull(),
    title: prose().notNull(),
    body: prose().notNull(),
    branch: text().notNull(),
    target: text().notNull(),
    headSha: text('head_sha').notNull(),
    /** The target's commit when it was opened; null for forges that keep it themselves. */
    baseSha: text('base_sha'),
    state: text({ enum: ['draft', 'open', 'merged', 'closed'] }).notNull(),
    labels: jsonb().$type<string[]>().notNull().default([]),
    mergeSha: text('merge_sha'),
    createdAt: at('created_at').notNull().defaultNow(),
    mergedAt: at('merged_at'),
  },
  (t) => [
    uniqueIndex('pull_requests_number').on(t.repositoryId, t.number),
    index('pull_requests_run').on(t.runId),
  ],
)

export const pullRequestComments = pgTable(
  'pull_request_comments',
  {
    id: uuid().primaryKey(),
    repositoryId: uuid('repository_id')
      .notNull()
      .references(() => repositories.id),
    number: integer().notNull(),
    key: text().notNull(),
    file: text(),
    line: integer(),
    body: prose().notNull(),
    createdAt: at('created_at').notNull().defaultNow(),
  },
  (t) => [uniqueIndex('pull_request_comments_key').on(t.repositoryId, t.key)],
)

export const codeReviews = pgTable(
  'code_reviews',
  {
    id: uuid().primaryKey(),
    runId: runId(),
    beadId: uuid('bead_id').references(() => beads.id, { onDelete: 'cascade' }),
    /** `devpilot` for our reviewer. */
    source: text().notNull(),
    headSha: text('head_sha').notNull(),
    review: jsonb().$type<Review>().notNull(),
    createdAt: at('created_at').notNull().defaultNow(),
  },
  (t) => [index('code_reviews_run').on(t.runId)],
)

export const evaluations = pgTable(
  'evaluations',
  {
    id: uuid().primaryKey(),
    runId: runId(),
    headSha: text('head_sha').notNull(),
    score: integer().notNull(),
    parts: jsonb().$type<Evaluation>().notNull(),
    createdAt: at('created_at').notNull().defaultNow(),
  },
  (t) => [index('evaluations_run').on(t.runId)],
)

/** The money ledger's accounts, see lib/core/budget.ts. */
export const budgetAccounts = pgTable('budget_accounts', {
  key: text().primaryKey(),
  limitMicros: bigint('limit_micros', { mode: 'number' }),
  spentMicros: bigint('spent_micros', { mode: 'number' }).notNull().default(0),
  reservedMicros: bigint('reserved_micros', { mode: 'number' }).notNull().default(0),
})

/** A reservation that was made before a model call and not settled yet. */
export const budgetReservations = pgTable(
  'budget_reservations',
  {
    id: uuid().primaryKey(),
    runId: runId(),
    keys: jsonb().$type<string[]>().notNull(),
    micros: bigint({ mode: 'number' }).notNull(),
    leaseToken: bigint('lease_token', { mode: 'number' }).notNull(),
    createdAt: at('created_at').notNull().defaultNow(),
  },
  (t) => [index('budget_reservations_run').on(t.runId)],
)

/** Append-only (by trigger), hash-chained per `chain`: a run's id, or `installation`. */
export const auditLog = pgTable(
  'audit_log',
  {
    id: uuid().primaryKey(),
    chain: text().notNull(),
    seq: bigint({ mode: 'number' }).notNull(),
    runId: uuid('run_id'),
    at: at('at').notNull(),
    actor: jsonb().$type<Actor>().notNull(),
    action: text().notNull(),
    data: jsonb().$type<Record<string, unknown>>().notNull(),
    prevHash: text('prev_hash').notNull(),
    hash: text().notNull(),
    /** What the feed of the installation shows it as; null: not at all. Computed from `action`. */
    activity: text({ enum: ['run', 'gate', 'change', 'schedule', 'repository', 'people'] }).generatedAlwaysAs(
      sql`see drizzle/migrations/0017_activity.sql`,
    ),
  },
  (t) => [
    uniqueIndex('audit_log_chain').on(t.chain, t.seq),
    index('audit_log_at').on(t.at),
    index('audit_log_action').on(t.action, t.at),
    // What somebody did, action by action.
    index('audit_log_actor').on(sql`(actor ->> 'id')`, t.action, t.at, t.id),
    index('audit_log_activity').on(t.at, t.id).where(sql`activity is not null`),
    index('audit_log_activity_kind').on(t.activity, t.at, t.id).where(sql`activity is not null`),
  ],
)

/** Runs by status, folded from `status_changes` at intervals. */
export const statusCounts = pgTable('status_counts', {
  status: text().primaryKey(),
  count: bigint({ mode: 'number' }).notNull().default(0),
})

/**
 * What was added to the counts since, kept by the transaction that changes a run so that no page counts rows. Rows
 * are only added: two transactions that each moved a run would lock the counts themselves in two orders.
 */
export const statusChanges = pgTable('status_changes', {
  status: text().notNull(),
  by: integer().notNull(),
})

/** What ended on a day (UTC) in a repository, kept by the transaction that ends a run. */
export const dailyStats = pgTable(
  'daily_stats',
  {
    day: date({ mode: 'string' }).notNull(),
    repositoryId: uuid('repository_id')
      .notNull()
      .references(() => repositories.id),
    succeeded: integer().notNull().default(0),
    merged: integer().notNull().default(0),
    failed: integer().notNull().default(0),
    other: integer().notNull().default(0),
    costMicros: bigint('cost_micros', { mode: 'number' }).notNull().default(0),
    mergeSeconds: bigint('merge_seconds', { mode: 'number' }).notNull().default(0),
    scoreSum: integer('score_sum').notNull().default(0),
    scored: integer().notNull().default(0),
  },
  (t) => [uniqueIndex('daily_stats_key').on(t.day, t.repositoryId)],
)

/** What an ended run counts as in the rollups: what a retry takes back is what was added. */
export const runEnds = pgTable('run_ends', {
  runId: uuid('run_id')
    .primaryKey()
    .references(() => runs.id, { onDelete: 'cascade' }),
  repositoryId: uuid('repository_id'),
  /** The day (UTC) on which the run was asked for. */
  day: date({ mode: 'string' }).notNull(),
  /** Rows of metric, key, n, total. */
  facts: jsonb().$type<[string, string, number, number][]>().notNull(),
})

/** What was added to the rollups since they were last folded. Rows are only added: see `statusChanges`. */
export const endChanges = pgTable('end_changes', {
  id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  repositoryId: uuid('repository_id'),
  day: date({ mode: 'string' }).notNull(),
  facts: jsonb().$type<[string, string, number, number][]>().notNull(),
  by: integer().notNull(),
})

/** Sums of what ended runs count as, by day and by month; see lib/services/analytics/metrics.ts. */
export const rollups = pgTable(
  'rollups',
  {
    /** A repository, or the zero id for all. */
    scope: uuid().notNull(),
    metric: text().notNull(),
    grain: text({ enum: ['day', 'month'] }).notNull(),
    /** The day, or the first of the month. */
    day: date({ mode: 'string' }).notNull(),
    key: text().notNull(),
    n: bigint({ mode: 'number' }).notNull(),
    total: bigint({ mode: 'number' }).notNull(),
  },
  (t) => [primaryKey({ name: 'rollups_pk', columns: [t.scope, t.metric, t.grain, t.day, t.key] })],
)

export const runOverview = pgView('run_overview').as((q) =>
  q
    .select({
      id: runs.id,
      repository: sql<string | null>`${repositories.name}`.as('repository'),
      flow: runs.flow,
      trigger: runs.trigger,
      title: runs.title,
      status: runs.status,
      step: runs.step,
      score: runs.score,
      costMicros: runs.costMicros,
      turns: runs.turns,
      branch: runs.branch,
      createdAt: runs.createdAt,
      endedAt: runs.endedAt,
    })
    .from(runs)
    .leftJoin(repositories, sql`${repositories.id} = ${runs.repositoryId}`),
)

export const statusTotals = pgView('status_totals', {
  status: text().notNull(),
  count: bigint({ mode: 'number' }).notNull(),
}).as(sql`
  select status, sum(count)::bigint as count
  from (select status, count from status_counts union all select status, "by" from status_changes) counted
  group by status`)

export const systemStats = pgView('system_stats', {
  runs: numeric().notNull(),
  succeeded: numeric().notNull(),
  failed: numeric().notNull(),
  merged: numeric().notNull(),
  costMicros: numeric('cost_micros').notNull(),
  averageScore: numeric('average_score'),
}).as(sql`
  select
    (select coalesce(sum(count), 0) from status_totals) as runs,
    coalesce(sum(succeeded), 0) as succeeded,
    coalesce(sum(failed), 0) as failed,
    coalesce(sum(merged), 0) as merged,
    coalesce(sum(cost_micros), 0) as cost_micros,
    round(sum(score_sum)::numeric / nullif(sum(scored), 0), 1) as average_score
  from daily_stats`)
