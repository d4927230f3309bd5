import { sql } from 'drizzle-orm'
import { allRows, type Db } from '@/lib/db/client'

/** Every action that the log holds, by jumping through its index: one look each, however long the log is. */
export async function auditActions(db: Db): Promise<string[]> {
  const rows = allRows(
    await db.execute(sql`with recursive known(action) as (
        (select action from audit_log order by action limit 1)
        union all
        select (select action from audit_log where action > known.action order by action limit 1)
        from known where known.action is not null)
      select action from known where action is not null`),
  )
  return rows.map(({ action }) => String(action))
}

/**
 * Every action that one actor did, in the same way. Who it was stands in the comparison and in the order: only their
 * own index serves that.
 * @param actor an id
 */
export async function actionsOf(db: Db, actor: string): Promise<string[]> {
  const rows = allRows(
    await db.execute(sql`with recursive known(who, action) as (
        (select actor ->> 'id', action from audit_log where (actor ->> 'id', action) >= (${actor}, '')
          order by actor ->> 'id', action limit 1)
        union all
        select next.* from known cross join lateral (
          select actor ->> 'id', action from audit_log where (actor ->> 'id', action) > (known.who, known.action)
          order by actor ->> 'id', action limit 1) next
        where known.who = ${actor})
      select action from known where who = ${actor}`),
  )
  return rows.map(({ action }) => String(action))
}
