import { and, desc, eq, isNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import { invitations, users } from '@/drizzle/schema'
import { roleNames } from '@/lib/core/access'
import { appendAudit } from '@/lib/db/audit'
import { sha256 } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import { emailInput } from '../sign-in/with-password'
import { newCode, usable } from './invitation-code'

export const inviteInput = z.strictObject({
  role: z.enum(roleNames),
  /** Where given, the account has this address. */
  email: emailInput.optional(),
  days: z.int().min(1).max(30).default(7),
})

/**
 * Makes a link that lets one person in, once.
 * @returns its code, which is not kept and cannot be shown again
 * @throws AppError('conflict') for the address of somebody who is here
 */
export async function invite({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof inviteInput>
}): Promise<{ readonly id: string; readonly code: string }> {
  authorise(ctx, 'admin')
  const { role, email, days } = parseInput(inviteInput, input)
  const id = newId()
  const code = newCode()
  await ctx.db.transaction(async (tx) => {
    if (email !== undefined) {
      const [known] = await tx.select({ id: users.id }).from(users).where(eq(users.email, email))
      if (known)
        throw new AppError('conflict', `${email} is a member already.`, {
          place: 'email',
          mend: 'Change the role in the list of members instead.',
        })
    }
    await tx.insert(invitations).values({
      id,
      role,
      email: email ?? null,
      hash: sha256(code),
      createdBy: ctx.actor.id,
      expiresAt: sql`now() + ${`${days} days`}::interval`,
    })
    const data = { invitation: id, role, email: email ?? null, days }
    await appendAudit(tx, { runId: null, actor: ctx.actor, action: 'user.invited', data })
  })
  return { id, code }
}

export interface InvitationView {
  readonly id: string
  readonly role: (typeof roleNames)[number]
  readonly email: string | null
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
