import { and, desc, inArray, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import { auditLog } from '@/drizzle/schema'
import { allRows, type Db } from '@/lib/db/client'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { decodeCursor, encodeCursor, olderThan, pageInput, toPage } from '../cursor'
import { type Edge, edgesOf } from '../edges'
import { parseInput } from '../parse'
import type { AuditEntry, Page } from '../views'
import { actionsOf, auditActions } from './actions'
import { type AuditFilters, actionPrefix, auditFilters, auditWhere } from './filters'
import { toAuditEntry } from './view'

export const listAuditInput = z.strictObject({ ...pageInput, ...auditFilters })
type Wanted = z.output<typeof listAuditInput>

/** Audit entries, the newest first. */
export async function listAudit({
  ctx,
  input = {},
}: {
  ctx: ServiceContext
  input?: z.input<typeof listAuditInput>
}): Promise<Page<AuditEntry>> {
  authorise(ctx, 'read')
  const wanted = parseInput(listAuditInput, input)
  const { limit } = wanted
  const known = await severalActions(ctx.db, wanted)
  const where = known === null ? inOrder(wanted) : await among(ctx.db, wanted, known)
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

/** The actions to look through one by one; null: an index has the entries of all that is wanted in their order. */
async function severalActions(db: Db, { run, actor, action }: AuditFilters): Promise<string[] | null> {
  if (run !== undefined) return null
  if (actor !== undefined) return actionsOf(db, actor)
  return actionPrefix(action) === null ? null : auditActions(db)
}

/** Entries that are next to each other in one index. */
function inOrder(wanted: Wanted): SQL | undefined {
  return and(auditWhere(wanted), olderThan(auditLog.at, auditLog.id, decodeCursor(wanted.cursor)))
}

/**
 * The newest entries of several actions: each action's are next to each other in an index, those of one actor, too, so
 * that what is rare in a long log is found without reading the log.
 */
async function among(db: Db, wanted: Wanted, known: readonly string[]): Promise<SQL> {
  const { limit, action } = wanted
  const prefix = actionPrefix(action)
  const actions = known.filter(
    (name) => action === undefined || (prefix === null ? name === action : name.startsWith(prefix)),
  )
  const rows = allRows(
    await db.execute(sql`select newest.id from unnest(${sql.param(actions)}::text[]) as known(name)
      cross join lateral (select id, at from audit_log where ${ofAction(wanted)} limit ${limit + 1}) newest
      order by newest.at desc, newest.id desc limit ${limit + 1}`),
  )
  const ids = rows.map(({ id }) => String(id))
  return ids.length === 0 ? sql`false` : inArray(auditLog.id, ids)
}

/** Those of the action `known.name`, in their order; see `actionsOf`. */
function ofAction({ actor, since, until, cursor }: Wanted): SQL {
  const { low, high } = edgesOf({
    from: since === undefined ? null : new Date(since),
    to: until === undefined ? null : new Date(until),
    cursor: decodeCursor(cursor),
    towards: 'older',
  })
  const place = actor === undefined ? sql`action, at, id` : sql`actor ->> 'id', action, at, id`
  const end = ({ at, id, sign }: Edge) =>
    sql`(${place}) ${sign} (${actor === undefined ? sql`` : sql`${actor}, `}known.name, ${at}::timestamptz, ${id}::uuid)`
  const order = sql`action desc, at desc, id desc`
  return sql`${end(low)} and ${end(high)}
    order by ${actor === undefined ? order : sql`actor ->> 'id' desc, ${order}`}`
}
