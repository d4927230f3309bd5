import { and, eq, gte, inArray, like, lt, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import { auditLog } from '@/drizzle/schema'
import { likeText } from '../repositories/list'

export const auditFilters = {
  run: z.uuid().optional(),
  /** `gate.approved`, or `gate.*` for all of a kind. */
  action: z.string().min(1).max(100).optional(),
  /** Who did it, by id (`owner`, `coder`) or by name. */
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

/** @param ids those of who did it; null: anybody's */
export function auditWhere(
  { run, action, since, until }: AuditFilters,
  ids: readonly string[] | null,
): SQL | undefined {
  const prefix = actionPrefix(action)
  return and(
    // A run's entries are its chain, and chains are indexed.
    run ? eq(auditLog.chain, run) : undefined,
    ids ? inArray(sql`${auditLog.actor} ->> 'id'`, [...ids]) : undefined,
    prefix === null
      ? action === undefined
        ? undefined
        : eq(auditLog.action, action)
      : like(auditLog.action, `${likeText(prefix)}%`),
    since ? gte(auditLog.at, new Date(since)) : undefined,
    until ? lt(auditLog.at, new Date(until)) : undefined,
  )
}

/** What comes before the star of `gate.*`; null for the name of one action. */
export function actionPrefix(action: string | undefined): string | null {
  return action?.endsWith('*') ? action.slice(0, -1) : null
}
