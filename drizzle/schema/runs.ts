import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import type { ForkPlace, Inherited } from '@/lib/core/fork'
import { triggerNames } from '@/lib/core/names'
import type { Opening } from '@/lib/core/opening'
import type { Outcome } from '@/lib/core/outcome'
import type { StepResult } from '@/lib/core/record'
import type { RunState } from '@/lib/core/run'
import { beadStatusNames, runStatusNames } from '@/lib/core/status'
import type { Actor, RunOverrides, TriggerTask } from '@/lib/core/trigger'
import type { ToolCall, ToolResult, Usage } from '@/lib/core/turn'
import { jsonb, prose } from './columns'

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 })
const micros = (name: string) => bigint(name, { mode: 'number' }).notNull().default(0)

export const repositories = pgTable(
  'repositories',
  {
    id: uuid().primaryKey(),
    name: prose().notNull(),
    forge: text({ enum: ['local', 'github', 'gitlab'] }).notNull(),
    /** Where it is cloned from: a URL, or an absolute path of this machine for `local`. */
    source: text().notNull().unique(),
    defaultBranch: text().notNull(),
    /** When a worker last took up one of its runs: repositories take turns. */
    servedAt: at('served_at'),
    /** Runs of it that may be worked on at once (`limits.concurrent_runs`); null: as many as there are workers. */
    maxActive: integer('max_active'),
    createdAt: at('created_at').notNull().defaultNow(),
    /** Taken off the lists by a person: its runs stay on record, and it comes back when it is added again. */
    removedAt: at('removed_at'),
  },
  (t) => [index('repositories_name').on(t.name), index('repositories_lower_name').on(sql`lower(name)`)],
)

export const runs = pgTable(
  'agent_runs',
  {
    id: uuid().primaryKey(),
    repositoryId: uuid('repository_id').references(() => repositories.id),
    /** `pipeline`: driven by the engine; `ingest`: a log posted to /api/cline. */
    source: text({ enum: ['pipeline', 'ingest'] })
      .notNull()
      .default('pipeline'),
    flow: text().notNull(),
    trigger: text({ enum: triggerNames }).notNull(),
    title: prose().notNull(),
    task: jsonb().$type<TriggerTask>().notNull(),
    status: text({ enum: runStatusNames }).notNull(),
    /** The step the run stands at, copied from `state` for lists. */
    step: text().notNull(),
    state: jsonb().$type<RunState>(),
    overrides: jsonb().$type<RunOverrides>().notNull().default({}),
    requestedBy: jsonb('requested_by').$type<Actor>().notNull(),
    target: text(),
    branch: text(),
    baseSha: text('base_sha'),
    headSha: text('head_sha'),
    budgetMicros: bigint('budget_micros', { mode: 'number' }).notNull(),
    /** A person named the budget; else prepare takes the repository's `budget.per_run_usd`. */
    budgetGiven: boolean('budget_given').notNull().default(false),
    costMicros: micros('cost_micros'),
    inputTokens: bigint('input_tokens', { mode: 'number' }).notNull().default(0),
    outputTokens: bigint('output_tokens', { mode: 'number' }).notNull().default(0),
    turns: integer().notNull().default(0),
    /** 0 to 100. */
    score: integer(),
    ending: prose(),
    /** The run that this one was forked from, and the place. */
    forkOf: uuid('fork_of'),
    forkedAt: jsonb('forked_at').$type<ForkPlace>(),
    /** Agents with a bead, models with a turn: kept by triggers, so that lists can be narrowed by them. */
    agents: text().array().notNull().default([]),
    models: text().array().notNull().default([]),
    createdAt: at('created_at').notNull().defaultNow(),
    startedAt: at('started_at'),
    endedAt: at('ended_at'),
    updatedAt: at('updated_at').notNull().defaultNow(),
    // And three that are computed from others, for lists alone (lib/services/runs/conditions.ts): `requested_by_id`,
    // `cost_band`, `search`. They are not named here: every query that takes a whole row would carry them.
  },
  (t) => [
    index('agent_runs_created').on(t.createdAt, t.id),
    index('agent_runs_status').on(t.status, t.createdAt, t.id),
    index('agent_runs_repository').on(t.repositoryId, t.createdAt, t.id),
    index('agent_runs_flow').on(t.flow, t.createdAt, t.id),
    index('agent_runs_trigger').on(t.trigger, t.createdAt, t.id),
    index('agent_runs_score').on(t.score).where(sql`score is not null`),
    // The last runs of a flow in a repository: what they cost and how long their steps took.
    index('agent_runs_repository_flow').on(t.repositoryId, t.flow, t.createdAt, t.id),
    index('agent_runs_issue')
      .on(t.repositoryId, sql`(task ->> 'issue')`)
      .where(sql`task ->> 'issue' is not null`),
    index('agent_runs_fork').on(t.forkOf).where(sql`fork_of is not null`),
  ],
)

/** The agents and models that there are in runs, for filters to offer. */
export const runFacets = pgTable(
  'run_facets',
  { kind: text({ enum: ['agent', 'model'] }).notNull(), value: text().notNull() },
  (t) => [primaryKey({ columns: [t.kind, t.value] })],
)

/** A list of runs as somebody keeps it: filters as a URL has them, and columns. */
export const savedViews = pgTable(
  'saved_views',
  {
    id: uuid().primaryKey(),
    userId: text('user_id').notNull(),
    userName: prose('user_name').notNull(),
    name: prose().notNull(),
    query: prose().notNull(),
    columns: text().array().notNull().default([]),
    /** Everybody sees it; its owner alone changes it. */
    shared: boolean().notNull().default(false),
    createdAt: at('created_at').notNull().defaultNow(),
    updatedAt: at('updated_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('saved_views_name').on(t.userId, t.name),
    index('saved_views_shared').on(t.name).where(sql`shared`),
  ],
)

/**
 * What becomes of a run's job. `ready`: to be taken up; `delayed`: ready at `due_at`; `leased`: a worker has it until
 * `lease_until`; `parked`: somebody has to wake it; `dead`: given up, until a person puts it back.
 */
export const jobStateNames = ['ready', 'delayed', 'leased', 'parked', 'dead'] as const

/**
 * The queue. One row is one thing that is to be done next; a run has at most one. `leaseToken` grows by one at
 * every claim: writes that carry an older one change nothing (fencing). Times are the database's.
 */
export const jobs = pgTable(
  'jobs',
  {
    id: uuid().primaryKey(),
    kind: text({ enum: ['run'] }).notNull(),
    key: text().notNull().unique(),
    runId: uuid('run_id').references(() => runs.id, { onDelete: 'cascade' }),
    /** Whose turn it uses: see `repositories.served_at`. */
    repositoryId: uuid('repository_id')
      .notNull()
      .references(() => repositories.id),
    state: text({ enum: jobStateNames }).notNull().default('ready'),
    /** Higher goes first, within its repository and before others. */
    priority: integer().notNull().default(0),
    /** `ready`: since when; `delayed`: when it becomes so; else null. */
    dueAt: at('due_at'),
    leaseOwner: text('lease_owner'),
    leaseToken: bigint('lease_token', { mode: 'number' }).notNull().default(0),
    leaseUntil: at('lease_until'),
    /** Times in a row that a worker could not begin or keep its step at all. */
    failures: integer().notNull().default(0),
    /** `dead`: why and since when. */
    deadReason: prose('dead_reason'),
    deadAt: at('dead_at'),
    createdAt: at('created_at').notNull().defaultNow(),
  },
  (t) => [
    // One index a question, each holding only the rows that it is about: runs that wait or have ended cost nothing.
    index('jobs_ready').on(t.repositoryId, t.priority.desc(), t.dueAt).where(sql`state = 'ready'`),
    index('jobs_delayed').on(t.dueAt).where(sql`state = 'delayed'`),
    index('jobs_leased').on(t.leaseUntil).where(sql`state = 'leased'`),
    index('jobs_dead').on(t.deadAt).where(sql`state = 'dead'`),
    index('jobs_run').on(t.runId),
  ],
)

/** Processes that work on runs. A row that was not seen for a minute belongs to one that is gone. */
export const workers = pgTable('workers', {
  /** `host:pid:start`, the owner in leases. */
  id: text().primaryKey(),
  host: text().notNull(),
  pid: integer().notNull(),
  engine: text({ enum: ['embedded', 'temporal'] }).notNull(),
  concurrency: integer().notNull(),
  version: text().notNull(),
  startedAt: at('started_at').notNull().defaultNow(),
  seenAt: at('seen_at').notNull().defaultNow(),
  /** It takes nothing new and hands back what it has. */
  draining: boolean().notNull().default(false),
})

/** Work that comes again and that one worker does for all: reconciliation, sweeps. */
export const duties = pgTable('duties', {
  name: text().primaryKey(),
  dueAt: at('due_at').notNull().defaultNow(),
  doneBy: text('done_by'),
  doneAt: at('done_at'),
})

export const beads = pgTable(
  'beads',
  {
    id: uuid().primaryKey(),
    runId: uuid('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    /** 1, 2, 3 … within the run. */
    seq: integer().notNull(),
    step: text().notNull(),
    name: prose().notNull(),
    category: text({ enum: ['agent', 'check', 'gate', 'effect'] }).notNull(),
    status: text({ enum: beadStatusNames }).notNull(),
    /** Which time this step (for this task) is done: 1, 2, 3 … */
    attempt: integer().notNull().default(1),
    /** Times a worker took it up since it last came further or was handed back in order. */
    begun: integer().notNull().default(0),
    taskId: text('task_id'),
    model: text(),
    outcome: jsonb().$type<Outcome>(),
    /** The run's state when the bead was opened: what a fork from here begins with. */
    state: jsonb().$type<RunState>(),
    /** Taken over from the run that this one was forked from, where it was paid for. */
    inherited: jsonb().$type<Inherited>(),
    /** What the step found or made, for pages: plan, review, hypotheses, counts. */
    summary: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    /** Under Temporal: what the step gave when the run had routed so many outcomes, until it is settled. */
    kept: jsonb().$type<{ readonly steps: number; readonly result: StepResult }>(),
    baseSha: text('base_sha'),
    headSha: text('head_sha'),
    costMicros: micros('cost_micros'),
    inputTokens: bigint('input_tokens', { mode: 'number' }).notNull().default(0),
    outputTokens: bigint('output_tokens', { mode: 'number' }).notNull().default(0),
    startedAt: at('started_at'),
    endedAt: at('ended_at'),
  },
  (t) => [
    uniqueIndex('beads_run_seq').on(t.runId, t.seq),
    // The beads of a step in one status by time: lists merge as many of these as they ask for.
    index('beads_status').on(t.status, t.step, t.id),
  ],
)

export const turns = pgTable(
  'turns',
  {
    id: uuid().primaryKey(),
    runId: uuid('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    beadId: uuid('bead_id')
      .notNull()
      .references(() => beads.id, { onDelete: 'cascade' }),
    seq: integer().notNull(),
    prompt: text().notNull(),
    promptVersion: text('prompt_version').notNull(),
    promptHash: text('prompt_hash').notNull(),
    model: text().notNull(),
    /** What the model was asked beyond the turns before: a hint, an error told back. */
    request: prose().notNull(),
    /** What the request begins with; null where it is that of the turn before. */
    opening: jsonb().$type<Opening>(),
    /** Of the whole request, see lib/models/request-hash.ts: `replay` compares by it. */
    requestHash: text('request_hash'),
    /** The conversation began anew here: what came before was no progress. */
    fresh: boolean().notNull().default(false),
    content: prose(),
    toolCalls: jsonb('tool_calls').$type<ToolCall[]>().notNull(),
    /** null while the tools of this turn have not all run. */
    toolResults: jsonb('tool_results').$type<ToolResult[]>(),
    finish: text().notNull(),
    usage: jsonb().$type<Usage>().notNull(),
    costMicros: micros('cost_micros'),
    /** What it had cost the run that it was taken over from; null: it was paid for here. */
    inheritedMicros: bigint('inherited_micros', { mode: 'number' }),
    /** Commit of the run's branch after the turn's tools. */
    headSha: text('head_sha'),
    startedAt: at('started_at').notNull(),
    endedAt: at('ended_at').notNull(),
  },
  (t) => [uniqueIndex('turns_bead_seq').on(t.beadId, t.seq), index('turns_run').on(t.runId)],
)

/** What pages and `logs --follow` show live; `id` is the event id of the stream. */
export const runEvents = pgTable(
  'run_events',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    /** Goes with its run by a trigger: a foreign key would be checked three times a step. */
    runId: uuid('run_id').notNull(),
    beadId: uuid('bead_id'),
    at: at('at').notNull().defaultNow(),
    /** `run`, `bead`, `turn`, `tool`, `log`, `gate`, `evidence`, `effect`. */
    kind: text().notNull(),
    data: jsonb().$type<Record<string, unknown>>().notNull(),
    /** Lines of the run's log: a trigger numbers them (migration 0018), and the numbers stay. */
    firstLine: integer('first_line').notNull().default(0),
    lines: integer().notNull().default(1),
  },
  (t) => [index('run_events_run').on(t.runId, t.id), index('run_events_line').on(t.runId, t.firstLine)],
)

/** A key that a client sent with a write, and what it was answered, for a day. */
export const idempotencyKeys = pgTable('idempotency_keys', {
  key: text().primaryKey(),
  requestHash: text('request_hash').notNull(),
  done: boolean().notNull().default(false),
  status: integer(),
  body: jsonb().$type<unknown>(),
  createdAt: at('created_at').notNull().defaultNow(),
})
