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
import { actorIds } from './actors'
import { actionPrefix, auditFilters, auditWhere } from './filters'
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
  const { limit, actor } = wanted
  const ids = actor === undefined ? null : await actorIds(ctx.db, actor)
  const lanes = await lanesOf(ctx.db, wanted, ids)
  const where = lanes === null ? inOrder(wanted, ids) : await among(ctx.db, wanted, lanes)
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

/** Entries that are next to each other in an index: those of one action, or of one action by one actor. */
interface Lane {
  readonly who: string | null
  readonly action: string
}

/** What to look through one by one; null: one index has the entries of all that is wanted in their order. */
async function lanesOf(
  db: Db,
  { run, action }: Wanted,
  ids: readonly string[] | null,
): Promise<readonly Lane[] | null> {
  const prefix = actionPrefix(action)
  if (run !== undefined || (ids === null && prefix === null)) return null
  const all: Lane[] = []
  for (const who of ids ?? [null]) {
    const known = await (who === null ? auditActions(db) : actionsOf(db, who))
    all.push(...known.map((name) => ({ who, action: name })))
  }
  return all.filter(
    ({ action: name }) =>
      action === undefined || (prefix === null ? name === action : name.startsWith(prefix)),
  )
}

function inOrder(wanted: Wanted, ids: readonly string[] | null): SQL | undefined {
  return and(auditWhere(wanted, ids), olderThan(auditLog.at, auditLog.id, decodeCursor(wanted.cursor)))
}

/** The newest entries of several lanes: what is rare in a long log is found without reading the log. */
async function among(db: Db, wanted: Wanted, lanes: readonly Lane[]): Promise<SQL> {
  const count = wanted.limit + 1
  const [whos, actions] = [lanes.map(({ who }) => who), lanes.map(({ action }) => action)]
  const rows = allRows(
    await db.execute(sql`
      select newest.id from unnest(${sql.param(whos)}::text[], ${sql.param(actions)}::text[]) as lane(who, action)
      cross join lateral (select id, at from audit_log where ${ofLane(wanted)} limit ${count}) newest
      order by newest.at desc, newest.id desc limit ${count}`),
  )
  const ids = rows.map(({ id }) => String(id))
  return ids.length === 0 ? sql`false` : inArray(auditLog.id, ids)
}

/** The entries of `lane` in their order. What leads to them stands in the comparison and the order: see `actionsOf`. */
function ofLane({ actor, since, until, cursor }: Wanted): SQL {
  const { low, high } = edgesOf({
    from: since === undefined ? null : new Date(since),
    to: until === undefined ? null : new Date(until),
    cursor: decodeCursor(cursor),
    towards: 'older',
  })
  const [place, lane, order] =
    actor === undefined
      ? [sql`action, at, id`, sql`lane.action`, sql``]
      : [sql`actor ->> 'id', action, at, id`, sql`lane.who, lane.action`, sql`actor ->> 'id' desc, `]
  const end = ({ at, id, sign }: Edge) => sql`(${place}) ${sign} (${lane}, ${at}::timestamptz, ${id}::uuid)`
  return sql`${end(low)} and ${end(high)} order by ${order}action desc, at desc, id desc`
}
