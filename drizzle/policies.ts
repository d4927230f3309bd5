import { getTableName, type Table } from 'drizzle-orm'
import * as schema from './schema'

/**
 * Who the database is asked as. `viewer`, `supervisor` and `admin` are people; `app` is the process's own work
 * (engine, workers, cron); `auth` is signing in, which alone sees secrets. None owns a table or can log in.
 */
export const databaseRoles = ['app', 'viewer', 'supervisor', 'admin', 'auth'] as const
export type DatabaseRole = (typeof databaseRoles)[number]

type Verb = 'select' | 'insert' | 'update' | 'delete'

/** What some roles may do with some rows of a table. */
export interface Permission {
  readonly roles: readonly DatabaseRole[]
  readonly verbs: readonly Verb[]
  /** SQL that holds for the rows that may be seen, and for those that are written; all rows without it. */
  readonly rows?: string
  /** For `update`: the columns that may be set; all without it. */
  readonly columns?: readonly string[]
}

export interface TableRule {
  /** Columns that only `auth` can read. */
  readonly secret?: readonly string[]
  readonly permissions: readonly Permission[]
}

/** Who asks, as lib/db/scope.ts told the transaction. */
const me = `nullif(current_setting('devpilot.user', true), '')`
const mine = `user_id = ${me}`

const everybody: readonly DatabaseRole[] = ['app', 'viewer', 'supervisor', 'admin', 'auth']
const people: readonly DatabaseRole[] = ['viewer', 'supervisor', 'admin']
const steering: readonly DatabaseRole[] = ['supervisor', 'admin']

const may = (roles: readonly DatabaseRole[], verbs: readonly Verb[], rows?: string): Permission => ({
  roles,
  verbs,
  ...(rows === undefined ? {} : { rows }),
})
const rule = (...permissions: readonly Permission[]): TableRule => ({ permissions })

const read = may(everybody, ['select'])
const work = may(['app'], ['insert', 'update', 'delete'])

/** The kinds of tables. A new table is one line below; a kind is added when none of these fits. */
export const kinds = {
  /** What the engine writes and everybody reads. */
  record: rule(read, work),
  /** The record, of which supervisors write what steering a run writes. */
  steered: rule(read, work, may(steering, ['insert', 'update'])),
  /** As `steered`; what is written anew is taken away first. */
  replaced: rule(read, work, may(steering, ['insert', 'update', 'delete'])),
  /** The record; supervisors may add rows and bring back those that were removed, admins change them. */
  registered: rule(
    read,
    work,
    may(steering, ['insert']),
    { roles: ['supervisor'], verbs: ['update'], columns: ['removed_at'] },
    may(['admin'], ['update', 'delete']),
  ),
  /** Nobody's but the process's own. */
  internal: rule(may(['app'], ['select', 'insert', 'update', 'delete'])),
  /** A user's own, which nobody else sees: column `user_id`. */
  own: rule(may(people, ['select', 'insert', 'update', 'delete'], mine), may(['app'], ['select', 'delete'])),
  /** As `record`, and admins write. */
  administered: rule(read, work, may(['admin'], ['insert', 'update', 'delete'])),
} satisfies Record<string, TableRule>

/** Runs, of which people can ask for some in their own name alone. */
const runs = rule(
  read,
  work,
  may(steering, ['insert'], `requested_by ->> 'id' = ${me}`),
  may(steering, ['update']),
  may(['admin'], ['delete']),
)

/** A decision is made in one's own name, and never changed. */
const decisions = rule(read, may(steering, ['insert'], `actor_id = ${me}`), may(['app'], ['insert']))

/** Entries are added, by people in their own name alone, and never changed; a trigger says so again. */
const auditLog = rule(
  read,
  may(['app', 'auth'], ['insert']),
  may(people, ['insert'], `actor ->> 'id' = ${me}`),
)

const users: TableRule = {
  secret: ['password'],
  permissions: [
    read,
    may(['auth'], ['insert', 'update']),
    { roles: ['viewer', 'supervisor'], verbs: ['update'], columns: ['name'], rows: `id = ${me}` },
    { roles: ['admin'], verbs: ['update'], columns: ['name', 'role', 'disabled_at'] },
  ],
}

const identities = rule(
  may(['auth'], ['select', 'insert', 'update', 'delete']),
  may(['admin'], ['select']),
  may(['app', 'viewer', 'supervisor'], ['select'], mine),
)

/** One's own, to see and to end; the process looks at each request's, admins end anybody's. */
const sessions = rule(
  may(['auth'], ['select', 'insert', 'update']),
  may(['app', 'admin'], ['select']),
  { roles: ['app'], verbs: ['update'], columns: ['seen_at'] },
  { roles: ['admin'], verbs: ['update'], columns: ['ended_at'] },
  may(['viewer', 'supervisor'], ['select'], mine),
  { roles: ['viewer', 'supervisor'], verbs: ['update'], columns: ['ended_at'], rows: mine },
)

/** Everybody's own, made in one's own name; admins see and revoke all. */
const apiKeys: TableRule = {
  secret: ['hash'],
  permissions: [
    may(['auth'], ['select', 'update']),
    may(people, ['insert'], mine),
    may(['admin'], ['select']),
    may(['viewer', 'supervisor'], ['select'], mine),
    { roles: ['admin'], verbs: ['update'], columns: ['revoked_at', 'revoked_by'] },
    {
      roles: ['viewer', 'supervisor'],
      verbs: ['update'],
      columns: ['revoked_at', 'revoked_by'],
      rows: mine,
    },
  ],
}

const invitations: TableRule = {
  secret: ['hash'],
  permissions: [
    may(['auth'], ['select', 'update']),
    may(['admin'], ['select']),
    may(['admin'], ['insert'], `created_by = ${me}`),
    { roles: ['admin'], verbs: ['update'], columns: ['revoked_at'] },
  ],
}

/** One's own; others see those that are shared. */
const savedViews = rule(
  may(people, ['select'], `${mine} or shared`),
  may(people, ['insert', 'update', 'delete'], mine),
  may(['app'], ['select', 'delete']),
)

/** Said in one's own name, and never changed. */
const comments = rule(read, may(steering, ['insert'], `actor_id = ${me}`), may(['app'], ['insert']))

/** What came in from outside, with the words of strangers: admins see it, and have it worked on again. */
const webhookDeliveries: TableRule = {
  permissions: [
    may(['app'], ['select', 'insert', 'update', 'delete']),
    may(['admin'], ['select']),
    {
      roles: ['admin'],
      verbs: ['update'],
      columns: [
        'status',
        'note',
        'attempts',
        'due_at',
        'lease_token',
        'lease_until',
        'handled_at',
        'asked_at',
      ],
    },
  ],
}

const attempts = rule(may(['auth'], ['select', 'insert', 'update', 'delete']))

const list: readonly (readonly [Table, TableRule])[] = [
  [schema.users, users],
  [schema.identities, identities],
  [schema.sessions, sessions],
  [schema.apiKeys, apiKeys],
  [schema.invitations, invitations],
  [schema.signInAttempts, attempts],
  [schema.repositories, kinds.registered],
  [schema.runs, runs],
  [schema.savedViews, savedViews],
  [schema.runFacets, kinds.steered],
  [schema.jobs, kinds.steered],
  [schema.workers, kinds.record],
  [schema.duties, kinds.steered],
  [schema.beads, kinds.steered],
  [schema.turns, kinds.steered],
  [schema.runEvents, kinds.steered],
  [schema.idempotencyKeys, kinds.internal],
  [schema.artifacts, kinds.replaced],
  [schema.evidence, kinds.steered],
  [schema.gates, kinds.steered],
  [schema.gateDecisions, decisions],
  [schema.gateComments, comments],
  [schema.pullRequests, kinds.record],
  [schema.pullRequestComments, kinds.record],
  [schema.codeReviews, kinds.steered],
  [schema.evaluations, kinds.steered],
  [schema.learnings, kinds.steered],
  [schema.learningUses, kinds.record],
  [schema.budgetAccounts, kinds.steered],
  [schema.budgetReservations, kinds.replaced],
  [schema.auditLog, auditLog],
  [schema.statusCounts, kinds.record],
  [schema.statusChanges, kinds.steered],
  [schema.dailyStats, kinds.steered],
  [schema.runEnds, kinds.replaced],
  [schema.endChanges, kinds.replaced],
  [schema.rollups, kinds.steered],
  [schema.effects, kinds.record],
  [schema.notifications, kinds.steered],
  [schema.runBundles, kinds.record],
  [schema.schedules, kinds.administered],
  [schema.webhookDeliveries, webhookDeliveries],
]

/** What is said of every table, by its name in the database; a test finds a table that is missing here. */
export const tableRules: ReadonlyMap<string, TableRule> = new Map(
  list.map(([table, said]) => [getTableName(table), said]),
)

/** Views read with the rights of who asks. */
export const openViews: readonly string[] = ['run_overview', 'status_totals', 'system_stats']
