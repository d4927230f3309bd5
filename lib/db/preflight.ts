import { sql } from 'drizzle-orm'
import { AppError } from '@/lib/errors'
import { type Db, firstRow } from './client'
import type { DatabasePlace } from './place'

/** PostgreSQL 15, as its server_version_num. */
const OLDEST = 150_000

/**
 * What must be true of a server before its schema is touched.
 * @throws AppError('bad_config') for one that is too old, 'unavailable' for one that cannot be written
 */
export async function checkServer(db: Db, place: DatabasePlace): Promise<void> {
  const row = firstRow(
    await db.execute(sql`
      select current_setting('server_version_num') as version, pg_is_in_recovery() as standby,
        current_setting('transaction_read_only') as read_only`),
  )
  assertVersion(Number(row?.version), place)
  if (row?.standby === true) {
    throw new AppError(
      'unavailable',
      `The database server at ${place.host} is a standby: it takes no writes.`,
      {
        place: place.variable,
        mend: `Let ${place.variable} name the primary.`,
        transient: true,
      },
    )
  }
  if (row?.read_only === 'on') {
    throw new AppError('unavailable', `The database "${place.database}" at ${place.host} is read-only.`, {
      place: place.variable,
      mend: `ALTER DATABASE "${place.database}" SET default_transaction_read_only TO off, or let ${place.variable} name another.`,
      transient: true,
    })
  }
}

/** @param version server_version_num: 150017 for 15.17. @throws AppError('bad_config') under 15 */
export function assertVersion(version: number, { host, variable }: DatabasePlace): void {
  if (version >= OLDEST) return
  const major =
    version >= 100_000
      ? Math.floor(version / 10_000)
      : `${Math.floor(version / 10_000)}.${Math.floor(version / 100) % 100}`
  throw new AppError(
    'bad_config',
    `The database server at ${host} is PostgreSQL ${major}, which is too old.`,
    {
      place: variable,
      mend: 'Use PostgreSQL 15 or newer.',
    },
  )
}
