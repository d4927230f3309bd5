import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { sql } from 'drizzle-orm'
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres'
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'
import { drizzle as drizzlePglite } from 'drizzle-orm/pglite'
import pg from 'pg'
import * as schema from '@/drizzle/schema'
import { AppError } from '@/lib/errors'
import { announceEvents } from './events'
import { listenOn, lookEverySecond } from './listen'
import { announceHolder, lockFolder } from './lock'
import { migrateAll } from './migrate'
import { openingError, placeOf } from './place'
import { poolOptions, survive } from './pool'
import { checkServer } from './preflight'

export type Schema = typeof schema
/** The database behind whichever driver, and a transaction of it: operations take either. */
export type Db = PgDatabase<PgQueryResultHKT, Schema>
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0]

export interface Database {
  readonly db: Db
  readonly driver: 'pglite' | 'pg' | 'vercel'
  /**
   * Calls back for every NOTIFY on the channel until the returned function is called; where no connection can be
   * held, every second with an empty payload.
   */
  listen(channel: string, onPayload: (payload: string) => void): Promise<() => Promise<void>>
  /** Tells other processes of this machine what has the embedded database open, and how it is reached. */
  announce?(what: string, url: string): void
  close(): Promise<void>
}

export interface OpenOptions {
  readonly url?: string | undefined
  readonly home: string
  /** How `url` is reached: plainly (`pg`, unless stated), or over a WebSocket. */
  readonly driver?: 'pg' | 'vercel' | undefined
  /** The variable that named `url`, for messages. */
  readonly variable?: string | undefined
  /** One of many short-lived processes: few connections, none held. */
  readonly serverless?: boolean | undefined
}

/**
 * Opens Postgres by URL, or the embedded database below `home`, and brings its schema up to date under a lock.
 * @throws AppError('conflict') when another process has the embedded database open; 'bad_config' or
 *   'unavailable' with the variable and the mend when there is no such server, database or user.
 */
export async function openDatabase(options: OpenOptions): Promise<Database> {
  const database = await (options.url ? openServer(options.url, options) : openEmbedded(options.home))
  const stop = announceEvents(database.db)
  return {
    ...database,
    close: () => {
      stop()
      return database.close()
    },
  }
}

async function openServer(url: string, options: OpenOptions): Promise<Database> {
  const { driver = 'pg', variable = 'DATABASE_URL', serverless = false } = options
  const place = placeOf(url, variable)
  const database =
    driver === 'pg' ? openPg(url, serverless) : (await import('./vercel')).openVercel(url, serverless)
  try {
    await checkServer(database.db, place)
    await migrateAll(database.db)
    return database
  } catch (error) {
    await database.close()
    throw openingError(error, place)
  }
}

function openPg(url: string, serverless: boolean): Database {
  const pool = new pg.Pool({ connectionString: url, ...poolOptions(serverless) })
  survive(pool)
  return {
    db: drizzlePg(pool, { schema }),
    driver: 'pg',
    listen: (channel, onPayload) =>
      serverless ? lookEverySecond(onPayload) : listenOn(url, channel, onPayload),
    close: () => pool.end(),
  }
}

async function openEmbedded(home: string): Promise<Database> {
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const folder = join(home, 'db')
  const unlock = lockFolder(folder)
  try {
    const client = await PGlite.create({ dataDir: folder })
    const db: Db = drizzlePglite(client, { schema })
    await migrateAll(db)
    return {
      db,
      driver: 'pglite',
      listen: (channel, onPayload) => client.listen(channel, onPayload),
      announce: (what, url) => announceHolder(folder, what, url),
      close: async () => {
        if (!client.closed) await client.close()
        unlock()
      },
    }
  } catch (error) {
    unlock()
    throw error
  }
}

/** The database's clock: leases and expiries are never judged by this machine's. */
export async function databaseNow(db: Db): Promise<Date> {
  const rows = await db.execute(sql`select now() as now`)
  const value = firstRow(rows)?.now
  if (value instanceof Date) return value
  if (typeof value === 'string') return new Date(value)
  throw new AppError('internal', 'The database did not say what time it is.')
}

/** The first row of a raw query, whichever driver it came from. */
export function firstRow(result: unknown): Record<string, unknown> | undefined {
  return allRows(result)[0]
}

/** The rows of a raw query; both drivers answer `{ rows }`. */
export function allRows(result: unknown): Record<string, unknown>[] {
  if (typeof result === 'object' && result !== null && 'rows' in result && Array.isArray(result.rows))
    return result.rows
  return []
}

/** SHA-256 in hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
