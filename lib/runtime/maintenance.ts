import { lt, sql } from 'drizzle-orm'
import { idempotencyKeys } from '@/drizzle/schema'
import type { Db } from '@/lib/db/client'
import type { Runtime } from '@/lib/runtime'
import { sweepCheckouts, sweepLayers } from './sweep'

/** What lies about when runs have ended: checkouts and layers of this machine, keys of the day before yesterday. */
export async function maintain(runtime: Runtime): Promise<{ keys: number }> {
  const { home, database } = runtime
  await sweepCheckouts(database.db, home)
  await sweepLayers(home, Date.now())
  return { keys: await forgetKeys(database.db) }
}

/** Keys hold for a day. Returns how many were forgotten. */
async function forgetKeys(db: Db): Promise<number> {
  const old = lt(idempotencyKeys.createdAt, sql`now() - interval '2 days'`)
  const gone = await db.delete(idempotencyKeys).where(old).returning({ key: idempotencyKeys.key })
  return gone.length
}
