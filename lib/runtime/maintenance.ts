import { lt, sql } from 'drizzle-orm'
import { idempotencyKeys } from '@/drizzle/schema'
import type { Db } from '@/lib/db/client'
import { processId } from '@/lib/db/process'
import { forgetPayloads } from '@/lib/db/webhooks'
import { foldCounts } from '@/lib/db/workers'
import type { Runtime } from '@/lib/runtime'
import { reconcile } from './reconcile'
import { sweepLayers } from './sweep'
import { sweepKept, sweepRefs } from './sweep-kept'

/** What workers do as duties, in one go: rows, disk and processes are brought to agree, and old things cleared away. */
export async function maintain(
  runtime: Runtime,
): Promise<{ keys: number; mended: number; problems: string[] }> {
  const { home, database } = runtime
  const { db } = database
  const { mended, problems } = await reconcile({ db, home, owner: processId() })
  await foldCounts(db)
  await sweepLayers(home, Date.now())
  await sweepRefs(db, home)
  await sweepKept(db, home)
  await forgetPayloads(db)
  await database.tidy?.()
  return { keys: await forgetKeys(db), mended: mended.length, problems: [...problems] }
}

/** Keys hold for a day. Returns how many were forgotten. */
export async function forgetKeys(db: Db): Promise<number> {
  const old = lt(idempotencyKeys.createdAt, sql`now() - interval '2 days'`)
  const gone = await db.delete(idempotencyKeys).where(old).returning({ key: idempotencyKeys.key })
  return gone.length
}
