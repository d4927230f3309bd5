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
