import { eq, lt, sql } from 'drizzle-orm'
import { signInAttempts } from '@/drizzle/schema'
import { type Db, sha256 } from '@/lib/db/client'
import { AppError } from '@/lib/errors'

const ALLOWED = 10
const WINDOW_MINUTES = 5

/**
 * Counts a try for an address before it is looked at: many at once cannot all be the first. Kept in the database, for
 * all processes together.
 * @param db as `auth`
 * @throws AppError('rate_limited') over 10 in 5 minutes, for the right password, too
 */
export async function countAttempt(db: Db, email: string): Promise<void> {
  const key = sha256(email)
  const over = sql`${signInAttempts.since} < now() - ${`${WINDOW_MINUTES} minutes`}::interval`
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
  if (!row || row.count <= ALLOWED) return
  const retryAfterMs = Math.max(1_000, row.since.getTime() + WINDOW_MINUTES * 60_000 - Date.now())
  throw new AppError('rate_limited', 'Too many tries to sign in with this address.', {
    mend: `Wait ${WINDOW_MINUTES} minutes, or sign in another way.`,
    retryAfterMs,
  })
}

/** The right password: its address begins anew, and what is old is swept. */
export async function forgetAttempts(db: Db, email: string): Promise<void> {
  await db.delete(signInAttempts).where(eq(signInAttempts.key, sha256(email)))
  await db.delete(signInAttempts).where(lt(signInAttempts.since, sql`now() - interval '1 hour'`))
}
