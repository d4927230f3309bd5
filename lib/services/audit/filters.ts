import { and, eq, gte, like, lt, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import { auditLog } from '@/drizzle/schema'
import { agentNames } from '@/lib/core/flow'
import { likeText } from '../repositories/list'

export const auditFilters = {
  run: z.uuid().optional(),
  /** `gate.approved`, or `gate.*` for all of a kind. */
  action: z.string().min(1).max(100).optional(),
  /** The id of who did it: `owner`, `coder`. */
  actor: z.string().min(1).max(200).optional(),
  since: z.iso.datetime({ offset: true }).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
}

export interface AuditFilters {
  readonly run?: string | undefined
  readonly action?: string | undefined
  readonly actor?: string | undefined
  readonly since?: string | undefined
  readonly until?: string | undefined
}

/** Who writes most of the log; people are few in it, and have an index of their own. */
const machines: readonly string[] = [...agentNames, 'engine', 'reconcile', 'cron', 'schedules', 'github']

/** What an index of the log asks of those whom it has, said again so that it serves. */
function indexOf(actor: string): SQL | undefined {
  // Of an account at GitHub nothing but its owner's word tells whether it is a person's.
  if (actor.startsWith('github:')) return sql`${auditLog.actor} ->> 'id' like 'github:%'`
  return machines.includes(actor) ? undefined : sql`${auditLog.actor} ->> 'kind' = 'user'`
}

/** The conditions that the filters stand for. */
export function auditWhere({ action, ...filters }: AuditFilters): SQL | undefined {
  const prefix = actionPrefix(action)
  const what =
    prefix === null ? action && eq(auditLog.action, action) : like(auditLog.action, `${likeText(prefix)}%`)
  return and(whereBesideAction(filters), what || undefined)
}

export function whereBesideAction({ run, actor, since, until }: AuditFilters): SQL | undefined {
  return and(
    // A run's entries are its chain, and chains are indexed.
    run ? eq(auditLog.chain, run) : undefined,
    actor ? sql`${auditLog.actor} ->> 'id' = ${actor}` : undefined,
    actor ? indexOf(actor) : undefined,
    since ? gte(auditLog.at, new Date(since)) : undefined,
    until ? lt(auditLog.at, new Date(until)) : undefined,
  )
}

/** What comes before the star of `gate.*`; null for the name of one action. */
export function actionPrefix(action: string | undefined): string | null {
  return action?.endsWith('*') ? action.slice(0, -1) : null
}
