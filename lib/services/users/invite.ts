import { and, desc, eq, isNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import { invitations, users } from '@/drizzle/schema'
import { type RoleName, roleNames } from '@/lib/core/access'
import { appendAudit } from '@/lib/db/audit'
import { type Db, sha256 } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import { emailInput } from '../sign-in/with-password'
import { newCode, usable } from './invitation-code'

export const inviteInput = z.strictObject({
  role: z.enum(roleNames),
  /** Where given, the account has this address; that of a member gets a new password. */
  email: emailInput.optional(),
  days: z.int().min(1).max(30).default(7),
})

/** The member whom a link gives a new password. */
export interface Renewal {
  readonly name: string
  /** What the member is once the link was opened. */
  readonly role: RoleName
  /** The account was deactivated: the link lets it in again. */
  readonly activates: boolean
}

export interface Invited {
  readonly id: string
  /** It is not kept and cannot be shown again. */
  readonly code: string
  /** Null where the link is for a newcomer. */
  readonly renews: Renewal | null
}

/**
 * Makes a link that lets one person in, once: a newcomer, or with a new password whoever has the address here. Who is
 * active stays what the role is; who was deactivated comes back in the role of the invitation.
 * @param auth the database as `auth`, which alone sees who has a password
 * @throws AppError('conflict') for the address of a member who signs in without a password
 */
export async function invite({
  ctx,
  auth,
  input,
}: {
  ctx: ServiceContext
  auth: Db
  input: z.input<typeof inviteInput>
}): Promise<Invited> {
  authorise(ctx, 'admin')
  const { role, email, days } = parseInput(inviteInput, input)
  const member = email === undefined ? null : await findMember(auth, email)
  const id = newId()
  const code = newCode()
  const renews = member && {
    name: member.name,
    role: member.disabledAt ? role : member.role,
    activates: member.disabledAt !== null,
  }
  await ctx.db.transaction(async (tx) => {
    await tx.insert(invitations).values({
      id,
      role: renews?.role ?? role,
      email: email ?? null,
      forUser: member?.id ?? null,
      hash: sha256(code),
      createdBy: ctx.actor.id,
      expiresAt: sql`now() + ${`${days} days`}::interval`,
    })
    const data = { invitation: id, role: renews?.role ?? role, email: email ?? null, days }
    const entry = member
      ? {
          action: 'user.password_link_made',
          data: { ...data, user: member.id, activates: member.disabledAt !== null },
        }
      : { action: 'user.invited', data }
    await appendAudit(tx, { runId: null, actor: ctx.actor, ...entry })
  })
  return { id, code, renews }
}

/** The member with this address, for a new password. @throws AppError('conflict') for one who has none to lose */
async function findMember(auth: Db, email: string) {
  const [member] = await auth
    .select({
      id: users.id,
      name: users.name,
      role: users.role,
      disabledAt: users.disabledAt,
      hasPassword: sql<boolean>`${users.password} is not null`,
    })
    .from(users)
    .where(eq(users.email, email))
  if (!member || member.hasPassword) return member ?? null
  throw new AppError(
    'conflict',
    `${email} is a member already, and signs in with GitHub, without a password.`,
    {
      place: 'email',
      mend: member.disabledAt
        ? 'Activate the account in the list of members instead.'
        : 'GitHub alone gives a lost account back. The role is changed in the list of members.',
    },
  )
}

export interface InvitationView {
  readonly id: string
  readonly role: RoleName
  readonly email: string | null
  /** The name of the member whom it gives a new password. */
  readonly renews: string | null
  readonly by: string
  readonly createdAt: string
  readonly expiresAt: string
}

/** Invitations that can still be used, the newest first. */
export async function listInvitations({ ctx }: { ctx: ServiceContext }): Promise<readonly InvitationView[]> {
  authorise(ctx, 'admin')
  const rows = await ctx.db
    .select({
      id: invitations.id,
      role: invitations.role,
      email: invitations.email,
      renews: sql<string | null>`(select name from users member where member.id = ${invitations.forUser})`,
      by: sql<string>`coalesce(${users.name}, ${invitations.createdBy})`,
      createdAt: invitations.createdAt,
      expiresAt: invitations.expiresAt,
    })
    .from(invitations)
    .leftJoin(users, eq(users.id, invitations.createdBy))
    .where(usable())
    .orderBy(desc(invitations.createdAt), desc(invitations.id))
    .limit(200)
  return rows.map((row) => ({
    ...row,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
  }))
}

export const revokeInvitationInput = z.strictObject({ invitation: z.uuid() })

/** Takes an invitation back that nobody has used. @throws AppError('not_found') */
export async function revokeInvitation({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof revokeInvitationInput>
}): Promise<void> {
  authorise(ctx, 'admin')
  const { invitation } = parseInput(revokeInvitationInput, input)
  await ctx.db.transaction(async (tx) => {
    const [row] = await tx
      .update(invitations)
      .set({ revokedAt: sql`now()` })
      .where(and(eq(invitations.id, invitation), isNull(invitations.usedAt), isNull(invitations.revokedAt)))
      .returning({ id: invitations.id })
    if (!row) throw new AppError('not_found', 'This invitation was used or taken back already.')
    await appendAudit(tx, { runId: null, actor: ctx.actor, action: 'user.uninvited', data: { invitation } })
  })
}
