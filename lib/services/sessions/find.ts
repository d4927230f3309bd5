import { and, eq, isNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import { sessions, users } from '@/drizzle/schema'
import type { Db } from '@/lib/db/client'
import { aloneSql, type Person } from '../users/people'

/**
 * Whose session this is, as long as it goes on: it was not ended, has not expired, and its user is active. Every request
 * asks anew, so an end is felt by the next one.
 * @param db the process's own
 */
export async function findSession(db: Db, id: string): Promise<Person | null> {
  if (!z.uuid().safeParse(id).success) return null
  const [row] = await db
    .select({
      id: users.id,
      name: users.name,
      role: users.role,
      alone: aloneSql,
      stale: sql<boolean>`${sessions.seenAt} < now() - interval '1 minute'`,
    })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(
      and(
        eq(sessions.id, id),
        isNull(sessions.endedAt),
        sql`${sessions.expiresAt} > now()`,
        isNull(users.disabledAt),
      ),
    )
  if (!row) return null
  const { stale, ...person } = row
  if (stale) await db.update(sessions).set({ seenAt: sql`now()` }).where(eq(sessions.id, id))
  return person
}
