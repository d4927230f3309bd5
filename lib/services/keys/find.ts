import { timingSafeEqual } from 'node:crypto'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { apiKeys, users } from '@/drizzle/schema'
import { type KeyScope, roleGrants } from '@/lib/core/access'
import { type Db, sha256 } from '@/lib/db/client'
import { aloneSql, type Person } from '../users/people'
import { prefixOf } from './secret'

export interface FoundKey {
  readonly id: string
  readonly prefix: string
  readonly user: Person
  /** What it was given, of what its maker's role holds now. */
  readonly grants: readonly KeyScope[]
}

/**
 * The key that this text is, as long as it opens something: well formed, not revoked, not expired, its maker active.
 * @param db as `auth`
 */
export async function findKey(db: Db, text: string): Promise<FoundKey | null> {
  const prefix = prefixOf(text)
  if (prefix === null) return null
  const [row] = await db
    .select({
      id: apiKeys.id,
      hash: apiKeys.hash,
      scopes: apiKeys.scopes,
      user: { id: users.id, name: users.name, role: users.role, alone: aloneSql },
      stale: sql<boolean>`${apiKeys.usedAt} is null or ${apiKeys.usedAt} < now() - interval '1 minute'`,
    })
    .from(apiKeys)
    .innerJoin(users, eq(users.id, apiKeys.userId))
    .where(
      and(
        eq(apiKeys.prefix, prefix),
        isNull(apiKeys.revokedAt),
        sql`(${apiKeys.expiresAt} is null or ${apiKeys.expiresAt} > now())`,
        isNull(users.disabledAt),
      ),
    )
  if (!row || !timingSafeEqual(Buffer.from(row.hash), Buffer.from(sha256(text)))) return null
  if (row.stale) await db.update(apiKeys).set({ usedAt: sql`now()` }).where(eq(apiKeys.id, row.id))
  const grants = row.scopes.filter((scope) => roleGrants[row.user.role].includes(scope))
  return { id: row.id, prefix, user: row.user, grants }
}
