import { and, desc, inArray, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import { auditLog } from '@/drizzle/schema'
import { allRows, type Db } from '@/lib/db/client'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { decodeCursor, encodeCursor, olderThan, pageInput, toPage } from '../cursor'
import { parseInput } from '../parse'
import type { AuditEntry, Page } from '../views'
import { auditActions } from './actions'
import { actionPrefix, auditFilters, auditWhere, whereBesideAction } from './filters'
import { toAuditEntry } from './view'

export const listAuditInput = z.strictObject({ ...pageInput, ...auditFilters })

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
  const prefix = filters.run ? null : actionPrefix(filters.action)
  const where =
    prefix === null
      ? and(auditWhere(filters), older)
      : await ofKind(ctx.db, { prefix, where: and(whereBesideAction(filters), older), limit: limit + 1 })
  const rows = await ctx.db
    .select()
    .from(auditLog)
    .where(where)
    .orderBy(desc(auditLog.at), desc(auditLog.id))
    .limit(limit + 1)
  return toPage(
    rows,
    limit,
    (row) => encodeCursor(row.at, row.id),
    (row) => toAuditEntry(ctx, row),
  )
}

/**
 * The newest entries of every action of a kind: each action's are next to each other in the index, so a kind that
 * is rare in a long log is found without reading the log.
 */
async function ofKind(
  db: Db,
  { prefix, where, limit }: { prefix: string; where: SQL | undefined; limit: number },
): Promise<SQL> {
  const actions = (await auditActions(db)).filter((action) => action.startsWith(prefix))
  const rows = allRows(
    await db.execute(sql`select newest.id from unnest(${sql.param(actions)}::text[]) as known(name)
      cross join lateral (select id, at from ${auditLog} where action = known.name and ${where ?? sql`true`}
        order by at desc, id desc limit ${limit}) newest
      order by newest.at desc, newest.id desc limit ${limit}`),
  )
  const ids = rows.map(({ id }) => String(id))
  return ids.length === 0 ? sql`false` : inArray(auditLog.id, ids)
}
