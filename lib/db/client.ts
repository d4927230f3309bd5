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
import { log } from '@/lib/log'
import { lockFolder } from './lock'
import { migrateAll } from './migrate'

export type Schema = typeof schema
/** The database behind whichever driver, and a transaction of it: operations take either. */
export type Db = PgDatabase<PgQueryResultHKT, Schema>
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0]

export interface Database {
  readonly db: Db
  readonly driver: 'pglite' | 'pg'
  /** Calls back for every NOTIFY on the channel until the returned function is called. */
  listen(channel: string, onPayload: (payload: string) => void): Promise<() => Promise<void>>
  close(): Promise<void>
}

/**
 * Opens Postgres by URL, or the embedded database below `home`, and brings its schema up to date under a lock.
 * @throws AppError('conflict') when another process has the embedded database open.
 */
export async function openDatabase(options: { url?: string | undefined; home: string }): Promise<Database> {
  return options.url ? openPostgres(options.url) : openEmbedded(options.home)
}

/** A host that is gone says nothing: pages and workers are told after so long. */
const CONNECT_MS = 5_000

async function openPostgres(url: string): Promise<Database> {
  const pool = new pg.Pool({ connectionString: url, max: 10, connectionTimeoutMillis: CONNECT_MS })
  pool.on('error', (error) => log('warn', 'a database connection was lost', { error: error.message }))
  const db: Db = drizzlePg(pool, { schema })
  await migrateAll(db)
  return {
    db,
    driver: 'pg',
    listen: (channel, onPayload) => listenOn(url, channel, onPayload),
    close: () => pool.end(),
  }
}

/** One connection that listens, made again when it is lost. */
async function listenOn(
  url: string,
  channel: string,
  onPayload: (payload: string) => void,
): Promise<() => Promise<void>> {
  let closed = false
  let client: pg.Client | undefined
  const connect = async (): Promise<void> => {
    if (closed) return
    client = new pg.Client({ connectionString: url })
    client.on('notification', (message) => onPayload(message.payload ?? ''))
    client.on('error', () => setTimeout(() => connect().catch(retry), 1_000).unref())
    await client.connect()
    await client.query(`listen ${pg.escapeIdentifier(channel)}`)
  }
  const retry = (error: unknown): void => {
    log('warn', 'listening again in 5 s', { error: String(error) })
    setTimeout(() => connect().catch(retry), 5_000).unref()
  }
  await connect()
  return async () => {
    closed = true
    await client?.end()
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
