import { VercelPool } from '@vercel/postgres'
import { drizzle } from 'drizzle-orm/vercel-postgres'
import * as schema from '@/drizzle/schema'
import type { Database } from './client'
import { lookEverySecond } from './listen'
import { poolOptions, survive } from './pool'

/**
 * Hosted Postgres over WebSockets, as functions reach it. Not `createPool`, which refuses the address of a database
 * without a pooler.
 */
export function openVercel(url: string, serverless: boolean): Database {
  const pool = new VercelPool({ connectionString: url, ...poolOptions(serverless) })
  survive(pool)
  return {
    db: drizzle(pool, { schema }),
    driver: 'vercel',
    // A pooler hands out another session at each transaction: LISTEN does not hold.
    listen: (_channel, onPayload) => lookEverySecond(onPayload),
    close: () => pool.end(),
  }
}
