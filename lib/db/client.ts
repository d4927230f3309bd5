import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { sql } from 'drizzle-orm'
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres'
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'
import { drizzle as drizzlePglite } from 'drizzle-orm/pglite'
import pg from 'pg'
import * as schema from '@/drizzle/schema'
import { AppError } from '@/lib/errors'
import { makeFolder } from '@/lib/folder'
import { log } from '@/lib/log'
import { announceEvents } from './events'
import { listenOn, lookEverySecond } from './listen'
import { announceHolder, lockFolder } from './lock'
import { migrateAll } from './migrate'
import { openingError, placeOf } from './place'
import { poolOptions, survive } from './pool'
import { checkServer } from './preflight'
import { roleName } from './roles'
import { type Scope, scopedEmbedded, scopedPool } from './scope'

export type Schema = typeof schema
/** The database behind whichever driver, and a transaction of it: operations take either. */
export type Db = PgDatabase<PgQueryResultHKT, Schema>
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0]

export interface Database {
  /** Asked as `devpilot_app`: the process's own work. */
  readonly db: Db
  /** Asked as somebody else: a person's request under that person's role, signing in under `auth`. */
  as(scope: Scope): Db
  readonly driver: 'pglite' | 'pg' | 'vercel'
  /**
   * Calls back for every NOTIFY on the channel until the returned function is called; where no connection can be
   * held, every second with an empty payload.
   */
  listen(channel: string, onPayload: (payload: string) => void): Promise<() => Promise<void>>
  /** Tells other processes of this machine what has the embedded database open, and how it is reached. */
  announce?(what: string, url: string): void
  /** What a server's autovacuum does by itself: frees what is dead, counts what is there for the planner. */
  tidy?(): Promise<void>
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
  const open = driver === 'pg' ? openPg : (await import('./vercel')).openVercel
  const prepare = async (db: Db): Promise<void> => {
    await checkServer(db, place)
    await migrateAll(db)
  }
  try {
    return await open(url, serverless, prepare)
  } catch (error) {
    throw openingError(error, place)
  }
}

const APP: Scope = { role: 'app' }

/** @param prepare brings the schema up to date, as the login itself */
async function openPg(
  url: string,
  serverless: boolean,
  prepare: (db: Db) => Promise<void>,
): Promise<Database> {
  const login = new pg.Pool({ connectionString: url, ...poolOptions(serverless), max: 1 })
  survive(login)
  try {
    await prepare(drizzlePg(login, { schema }))
  } finally {
    await login.end()
  }
  const own = await openAsApp(url, serverless)
  // Settings of a connection's start hold without a round trip; a pooler between us may not hand them on.
  const pool = own ?? new pg.Pool({ connectionString: url, ...poolOptions(serverless) })
  if (!own) survive(pool)
  return {
    db: drizzlePg(own ?? scopedPool(pool, APP), { schema }),
    as: (scope) => drizzlePg(scopedPool(pool, scope), { schema }),
    driver: 'pg',
    listen: (channel, onPayload) =>
      serverless ? lookEverySecond(onPayload) : listenOn(url, channel, onPayload),
    close: () => pool.end(),
  }
}

/** Connections that are `devpilot_app` from their start; null where what stands between does not let them be. */
async function openAsApp(url: string, serverless: boolean): Promise<pg.Pool | null> {
  const pool = new pg.Pool({ connectionString: withRole(url), ...poolOptions(serverless) })
  survive(pool)
  try {
    const { rows } = await pool.query('select current_user as name')
    if (rows[0]?.name === roleName(APP.role)) return pool
  } catch (error) {
    // 08P01: PgBouncer does not know the option. What else is wrong, the plain connections meet, too.
    log('debug', 'connections do not begin as the role of the app', { error: String(error) })
  }
  await pool.end()
  return null
}

/**
 * Every statement of ours reads little: to start processes for it, or to compile it, takes longer than to do it. One
 * that takes long waits for a lock of ours, and a step's result with it: leases bound that, and a limit that the server
 * sets for everybody must not cut it off.
 */
const SHORT = '-c max_parallel_workers_per_gather=0 -c jit=off -c statement_timeout=0 -c lock_timeout=0'

function withRole(url: string): string {
  const changed = new URL(url)
  const before = changed.searchParams.get('options') ?? ''
  // Of two the last holds: what the URL says of them was meant for us.
  changed.searchParams.set('options', `${SHORT} ${before} -c role=${roleName(APP.role)}`)
  return changed.href
}

async function openEmbedded(home: string): Promise<Database> {
  makeFolder(home)
  const folder = join(home, 'db')
  const unlock = lockFolder(folder)
  try {
    const client = await openFolder(folder)
    const db: Db = drizzlePglite(client, { schema })
    await migrateAll(db)
    // Its one connection; a transaction of somebody else's goes back to it at its end.
    await client.exec(`grant pg_maintain to ${roleName(APP.role)}; set role ${roleName(APP.role)}`)
    return {
      db,
      as: (scope) => drizzlePglite(scopedEmbedded(client, scope), { schema }),
      driver: 'pglite',
      listen: (channel, onPayload) => client.listen(channel, onPayload),
      announce: (what, url) => announceHolder(folder, what, url),
      tidy: async () => void (await client.exec('vacuum (analyze)')),
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

/** What it throws is its own, and says nothing of the folder. */
async function openFolder(folder: string): Promise<PGlite> {
  try {
    return await PGlite.create({ dataDir: folder })
  } catch (error) {
    throw new AppError('bad_config', `The embedded database in DEVPILOT_HOME (${folder}) cannot be opened.`, {
      place: 'DEVPILOT_HOME',
      mend: 'See that it is a folder that this user can write and that the disk is not full; where it is damaged, put a copy back, or move it away: a new one is made.',
      cause: error,
    })
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
