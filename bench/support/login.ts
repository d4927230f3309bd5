import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import * as schema from '@/drizzle/schema'
import type { Db } from '@/lib/db/client'

/** Does something as the login that owns the tables, which may do what DevPilot's own roles may not: fill them. */
export async function asLogin<T>(url: string, work: (db: Db) => Promise<T>): Promise<T> {
  const pool = new pg.Pool({ connectionString: url, max: 2 })
  try {
    return await work(drizzle(pool, { schema }))
  } finally {
    await pool.end()
  }
}
