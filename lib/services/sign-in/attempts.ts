import { eq, sql } from 'drizzle-orm'
import { signInAttempts } from '@/drizzle/schema'
import { type Db, sha256 } from '@/lib/db/client'
import { AppError } from '@/lib/errors'

const ALLOWED = 10
const WINDOW_MINUTES = 5
const window = sql`${`${WINDOW_MINUTES} minutes`}::interval`

/**
 * Counts a try for an address before it is looked at: many at once cannot all be the first. Kept in the database, for
 * all processes together.
 * @param db as `auth`
 * @param who the address, or the address in a browser that is known to be its owner's
 * @throws AppError('rate_limited') over 10 in 5 minutes, for the right password, too
 */
export async function countAttempt(db: Db, who: string): Promise<void> {
  const key = sha256(who)
  const over = sql`${signInAttempts.since} < now() - ${window}`
  const [row] = await db
    .insert(signInAttempts)
    .values({ key })
    .onConflictDoUpdate({
      target: signInAttempts.key,
      set: {
        count: sql`case when ${over} then 1 else ${signInAttempts.count} + 1 end`,
        since: sql`case when ${over} then now() else ${signInAttempts.since} end`,
      },
    })
    .returning({ count: signInAttempts.count, since: signInAttempts.since })
  if (row?.count === 1) await sweep(db)
  if (!row || row.count <= ALLOWED) return
  const retryAfterMs = Math.max(1_000, row.since.getTime() + WINDOW_MINUTES * 60_000 - Date.now())
  throw new AppError('rate_limited', 'Too many tries to sign in with this address.', {
    mend: `Wait ${WINDOW_MINUTES} minutes, sign in another way, or in a browser where you did before.`,
    retryAfterMs,
  })
}

/** The right password: its address begins anew. */
export async function forgetAttempts(db: Db, who: string): Promise<void> {
  await db.delete(signInAttempts).where(eq(signInAttempts.key, sha256(who)))
}

/** Whoever adds a row takes old ones away, so the table holds what was tried in one window, whoever tries. */
async function sweep(db: Db): Promise<void> {
  await db.execute(sql`delete from ${signInAttempts} where key in (
    select key from ${signInAttempts} where since < now() - ${window} limit 1000 for update skip locked)`)
}
