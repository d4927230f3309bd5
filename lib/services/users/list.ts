import { asc, eq, max, sql } from 'drizzle-orm'
import { identities, sessions, users } from '@/drizzle/schema'
import type { RoleName } from '@/lib/core/access'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'

export interface MemberView {
  readonly id: string
  readonly name: string
  readonly email: string | null
  readonly role: RoleName
  readonly github: string | null
  readonly createdAt: string
  readonly disabledAt: string | null
  /** When a session of this member was last used. */
  readonly seenAt: string | null
}

/** All members, those who are active first. */
export async function listMembers({ ctx }: { ctx: ServiceContext }): Promise<readonly MemberView[]> {
  authorise(ctx, 'admin')
  // All at once: one by one each member's would be looked for among all sessions.
  const seen = ctx.db
    .select({ userId: sessions.userId, at: max(sessions.seenAt).as('at') })
    .from(sessions)
    .groupBy(sessions.userId)
    .as('seen')
  const rows = await ctx.db
    .select({
      id: users.id,
      name: users.name,
      email: users.email,
      role: users.role,
      github: identities.login,
      createdAt: users.createdAt,
      disabledAt: users.disabledAt,
      seenAt: seen.at,
    })
    .from(users)
    .leftJoin(identities, eq(identities.userId, users.id))
    .leftJoin(seen, eq(seen.userId, users.id))
    .orderBy(sql`${users.disabledAt} is not null`, asc(users.name), asc(users.id))
    .limit(1_000)
  return rows.map((row) => ({
    ...row,
    createdAt: row.createdAt.toISOString(),
    disabledAt: row.disabledAt?.toISOString() ?? null,
    seenAt: row.seenAt?.toISOString() ?? null,
  }))
}
