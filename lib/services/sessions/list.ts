import { and, desc, eq, isNull, sql } from 'drizzle-orm'
import { identities, sessions, users } from '@/drizzle/schema'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'

export interface SessionView {
  readonly id: string
  readonly kind: 'token' | 'password' | 'github' | 'invitation'
  readonly agent: string
  readonly createdAt: string
  readonly seenAt: string
  readonly expiresAt: string
  /** The one that asks. */
  readonly current: boolean
}

/** The caller's own sessions that go on, the newest first. */
export async function listSessions({ ctx }: { ctx: ServiceContext }): Promise<readonly SessionView[]> {
  authorise(ctx, 'read')
  const rows = await ctx.db
    .select()
    .from(sessions)
    .where(
      and(eq(sessions.userId, ctx.actor.id), isNull(sessions.endedAt), sql`${sessions.expiresAt} > now()`),
    )
    .orderBy(desc(sessions.createdAt))
    .limit(100)
  return rows.map(({ id, kind, agent, createdAt, seenAt, expiresAt }) => ({
    id,
    kind,
    agent,
    createdAt: createdAt.toISOString(),
    seenAt: seenAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    current: id === ctx.session,
  }))
}

export interface Profile {
  readonly id: string
  readonly name: string
  readonly email: string | null
  readonly role: string
  /** The name on GitHub of the account there that signs this one in. */
  readonly github: string | null
}

/** Who the caller is. */
export async function getProfile({ ctx }: { ctx: ServiceContext }): Promise<Profile | null> {
  authorise(ctx, 'read')
  const [row] = await ctx.db
    .select({
      id: users.id,
      name: users.name,
      email: users.email,
      role: users.role,
      github: identities.login,
    })
    .from(users)
    .leftJoin(identities, eq(identities.userId, users.id))
    .where(eq(users.id, ctx.actor.id))
    .limit(1)
  return row ?? null
}
