import { asc, eq, sql } from 'drizzle-orm'
import { identities, users } from '@/drizzle/schema'
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
  const rows = await ctx.db
    .select({
      id: users.id,
      name: users.name,
      email: users.email,
      role: users.role,
      github: identities.login,
      createdAt: users.createdAt,
      disabledAt: users.disabledAt,
      seenAt: sql<
        string | null
      >`(select to_char(max(seen_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
        from sessions s where s.user_id = "users"."id")`,
    })
    .from(users)
    .leftJoin(identities, eq(identities.userId, users.id))
    .orderBy(sql`${users.disabledAt} is not null`, asc(users.name), asc(users.id))
    .limit(1_000)
  return rows.map((row) => ({
    ...row,
    createdAt: row.createdAt.toISOString(),
    disabledAt: row.disabledAt?.toISOString() ?? null,
  }))
}
