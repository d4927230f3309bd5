import { sql } from 'drizzle-orm'
import { allRows, type Database, firstRow } from '@/lib/db/client'
import { log } from '@/lib/log'

/** A transaction that is open for longer does not hold live events back; it is somebody's forgotten session. */
const PATIENCE_MS = 5_000

/**
 * The highest id of an event that was given out, once all who were given one have committed or rolled back. Ids are
 * given before the commit: whoever was given one holds a lock on the table until then.
 * @param stopped ends the waiting
 */
export async function settledEventId(
  { db, driver }: Pick<Database, 'db' | 'driver'>,
  stopped: () => boolean,
): Promise<number> {
  const given = firstRow(
    await db.execute(sql`select case when is_called then last_value else 0 end as id from run_events_id_seq`),
  )
  const id = Number(given?.id ?? 0)
  // The embedded database has one connection: nobody else's transaction is open while we read.
  if (driver === 'pglite') return id
  const writers = async () =>
    allRows(
      await db.execute(sql`select distinct virtualtransaction as id from pg_locks
        where locktype = 'relation' and mode = 'RowExclusiveLock' and relation = 'run_events'::regclass
        and database = (select oid from pg_database where datname = current_database())`),
    ).map((row) => String(row.id))
  const begun = Date.now()
  let open = await writers()
  while (open.length > 0 && !stopped()) {
    if (Date.now() - begun > PATIENCE_MS) {
      log('warn', 'a transaction that writes events stays open; live events do not wait for it', { open })
      break
    }
    await new Promise((resolve) => setTimeout(resolve, 10))
    const still = new Set(await writers())
    open = open.filter((writer) => still.has(writer))
  }
  return id
}
