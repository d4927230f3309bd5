import { and, asc, sql } from 'drizzle-orm'
import { z } from 'zod'
import { auditLog } from '@/drizzle/schema'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import { actorIds } from './actors'
import { auditFilters, auditWhere } from './filters'
import { auditLine } from './line'
import { type AuditLogRow, toAuditEntry } from './view'

export const exportAuditInput = z.strictObject({ ...auditFilters })

const BATCH = 500

/**
 * The log as JSON lines, the oldest first, in blocks of up to 500 lines that end in a newline. Authorisation and
 * input are checked before the first block is asked for.
 */
export function exportAudit({
  ctx,
  input = {},
}: {
  ctx: ServiceContext
  input?: z.input<typeof exportAuditInput>
}): AsyncGenerator<string, void, undefined> {
  authorise(ctx, 'read')
  return blocks(ctx, parseInput(exportAuditInput, input))
}

async function* blocks(
  ctx: ServiceContext,
  filters: z.output<typeof exportAuditInput>,
): AsyncGenerator<string, void, undefined> {
  const ids = filters.actor === undefined ? null : await actorIds(ctx.db, filters.actor)
  let last: AuditLogRow | undefined
  for (;;) {
    const newer = last
      ? sql`(${auditLog.at}, ${auditLog.id}) > (${last.at.toISOString()}::timestamptz, ${last.id}::uuid)`
      : undefined
    const rows: AuditLogRow[] = await ctx.db
      .select()
      .from(auditLog)
      .where(and(auditWhere(filters, ids), newer))
      .orderBy(asc(auditLog.at), asc(auditLog.id))
      .limit(BATCH)
    if (rows.length > 0) yield rows.map((row) => `${auditLine(toAuditEntry(ctx, row))}\n`).join('')
    last = rows.at(-1)
    if (rows.length < BATCH) return
  }
}
