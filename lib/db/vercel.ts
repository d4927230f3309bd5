import { VercelPool } from '@vercel/postgres'
import { drizzle } from 'drizzle-orm/vercel-postgres'
import * as schema from '@/drizzle/schema'
import type { Database, Db } from './client'
import { lookEverySecond } from './listen'
import { poolOptions, survive } from './pool'
import { type Scope, scopedPool } from './scope'

/**
 * Hosted Postgres over WebSockets, as functions reach it. Not `createPool`, which refuses the address of a database
 * without a pooler.
 */
export async function openVercel(
  url: string,
  serverless: boolean,
  prepare: (db: Db) => Promise<void>,
): Promise<Database> {
  const pool = new VercelPool({ connectionString: url, ...poolOptions(serverless) })
  survive(pool)
  // A pooler hands out another session at each transaction: neither LISTEN nor a role holds beyond one.
  const as = (scope: Scope) => drizzle(scopedPool(pool, scope), { schema })
  try {
    await prepare(drizzle(pool, { schema }))
  } catch (error) {
    await pool.end()
    throw error
  }
  return {
    db: as({ role: 'app' }),
    as,
    driver: 'vercel',
    listen: (_channel, onPayload) => lookEverySecond(onPayload),
    close: () => pool.end(),
  }
}
