import { and, desc, eq, gte, like, sql } from 'drizzle-orm'
import { z } from 'zod'
import { auditLog } from '@/drizzle/schema'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { decodeCursor, encodeCursor, olderThan, pageInput, toPage } from '../cursor'
import { parseInput } from '../parse'
import { likeText } from '../repositories/list'
import type { AuditEntry, Page } from '../views'
import { toAuditEntry } from './view'

export const auditFilters = {
  run: z.uuid().optional(),
  /** `gate.approved`, or `gate.*` for all of a kind. */
  action: z.string().min(1).max(100).optional(),
  /** The id of who did it: `owner`, `coder`. */
  actor: z.string().min(1).max(200).optional(),
  since: z.iso.datetime({ offset: true }).optional(),
}
export const listAuditInput = z.strictObject({ ...pageInput, ...auditFilters })

/** The conditions that the filters stand for. */
export function auditWhere(filters: {
  run?: string | undefined
  action?: string | undefined
  actor?: string | undefined
  since?: string | undefined
}) {
  const { run, action, actor, since } = filters
  const kind = action?.endsWith('*') ? like(auditLog.action, `${likeText(action.slice(0, -1))}%`) : undefined
  return and(
    // A run's entries are its chain, and chains are indexed.
    run ? eq(auditLog.chain, run) : undefined,
    action ? (kind ?? eq(auditLog.action, action)) : undefined,
    actor ? sql`${auditLog.actor} ->> 'id' = ${actor}` : undefined,
    since ? gte(auditLog.at, new Date(since)) : undefined,
  )
}

/** Audit entries, the newest first. */
export async function listAudit({
  ctx,
  input = {},
}: {
  ctx: ServiceContext
  input?: z.input<typeof listAuditInput>
}): Promise<Page<AuditEntry>> {
  authorise(ctx, 'read')
  const { limit, cursor, ...filters } = parseInput(listAuditInput, input)
  const after = decodeCursor(cursor)
  const older = olderThan(auditLog.at, auditLog.id, after)
  const rows = await ctx.db
    .select()
    .from(auditLog)
    .where(and(auditWhere(filters), older))
    .orderBy(desc(auditLog.at), desc(auditLog.id))
    .limit(limit + 1)
  return toPage(rows, limit, (row) => encodeCursor(row.at, row.id), toAuditEntry)
}
