import { eq } from 'drizzle-orm'
import { z } from 'zod'
import { users } from '@/drizzle/schema'
import { appendAudit } from '@/lib/db/audit'
import type { Db, Tx } from '@/lib/db/client'
import { AppError } from '@/lib/errors'
import { parseInput } from '../parse'
import { beginSession } from '../sessions/begin'
import { endAllOf } from '../sessions/end'
import { actorOf } from '../sign-in/actor'
import { emailInput } from '../sign-in/with-password'
import { findInvitation, invitationGone, takeBackPasswordLinks, takePasswordLink } from './invitation-code'
import { hashPassword, newPassword } from './password'

export const renewPasswordInput = z.strictObject({
  code: z.string().min(1).max(200),
  email: emailInput,
  password: newPassword,
})

/**
 * Gives a member whose password is lost a new one, by a link that an admin made for that account, and begins a session.
 * The account stays what it is; its sessions end, for whoever knew the old password may be in one.
 * @param db as `auth`
 * @returns the session's id
 * @throws AppError('not_found') for a link that was used, has expired or is for a newcomer, 'bad_request' for another
 *   address than the account's
 */
export async function renewPassword({
  db,
  input,
  agent,
}: {
  readonly db: Db
  readonly input: z.input<typeof renewPasswordInput>
  readonly agent: string
}): Promise<string> {
  const { code, email, password } = parseInput(renewPasswordInput, input)
  // A hash costs as much as a sign-in: not for codes that lead nowhere.
  const found = await findInvitation(db, code)
  const member = found?.forUser
  if (!member) throw invitationGone()
  if (found.email !== email)
    throw new AppError('bad_request', `This link is for ${found.email}.`, { place: 'email' })
  const hash = await hashPassword(password)
  return db.transaction(async (tx) => {
    await renew(tx, { member, code, hash })
    return beginSession(tx, member, { kind: 'invitation', agent })
  })
}

interface Renewed {
  readonly member: string
  readonly code: string
  readonly hash: string
}

async function renew(tx: Tx, { member, code, hash }: Renewed): Promise<void> {
  // Held before the link is looked at: one who is deactivated at this moment is not let in by it.
  const [before] = await tx
    .select({ id: users.id, name: users.name, role: users.role, disabledAt: users.disabledAt })
    .from(users)
    .where(eq(users.id, member))
    .for('update')
  if (!before) throw invitationGone()
  const link = await takePasswordLink(tx, code, member)
  const activated = before.disabledAt !== null
  const role = activated ? link.role : before.role
  await tx.update(users).set({ password: hash, role, disabledAt: null }).where(eq(users.id, member))
  await takeBackPasswordLinks(tx, member)
  const sessions = await endAllOf(tx, member)
  const data = { user: member, invitation: link.id, by: link.by, role, activated, sessions }
  const actor = actorOf(before, 'dashboard')
  await appendAudit(tx, { runId: null, actor, action: 'user.password_renewed', data })
}
