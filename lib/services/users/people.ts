import { and, eq, isNull, ne, sql } from 'drizzle-orm'
import { users } from '@/drizzle/schema'
import { OWNER_ID, type RoleName } from '@/lib/core/access'
import type { Db, Tx } from '@/lib/db/client'

/** SQL: whether no more than one user is active. */
export const aloneSql = sql<boolean>`(select count(*) < 2 from (
  select from users where disabled_at is null limit 2) active)`

export interface Person {
  readonly id: string
  readonly name: string
  readonly role: RoleName
  /** Whether nobody else is active: spec.md section 7. */
  readonly alone: boolean
}

/** Whoever holds the installation's token, as that account is now; null where it was deactivated. */
export async function findOwner(db: Db): Promise<Person | null> {
  const [row] = await db
    .select({ id: users.id, name: users.name, role: users.role, alone: aloneSql })
    .from(users)
    .where(and(eq(users.id, OWNER_ID), isNull(users.disabledAt)))
  return row ?? null
}

/**
 * Whether an installation has no active user but this one, asked in the very transaction that depends on it: somebody
 * may have joined since the request began.
 */
export async function isAlone(tx: Tx, userId: string): Promise<boolean> {
  const others = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(isNull(users.disabledAt), ne(users.id, userId)))
    .limit(1)
  return others.length === 0
}
