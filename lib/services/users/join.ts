import { and, eq } from 'drizzle-orm'
import { z } from 'zod'
import { identities, users } from '@/drizzle/schema'
import { appendAudit } from '@/lib/db/audit'
import type { Db, Tx } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { AppError } from '@/lib/errors'
import { parseInput } from '../parse'
import { beginSession } from '../sessions/begin'
import { actorOf } from '../sign-in/actor'
import { emailInput } from '../sign-in/with-password'
import { findInvitation, takeInvitation } from './invitation-code'
import { hashPassword, newPassword } from './password'

export const personName = z.string().trim().min(1).max(100)
export const joinInput = z.strictObject({
  code: z.string().min(1).max(200),
  name: personName,
  email: emailInput,
  password: newPassword,
})

interface Newcomer {
  readonly code: string
  readonly name: string
  readonly email: string | null
  readonly password: string | null
}

/**
 * Makes an account from an invitation, with a password, and begins its first session.
 * @param db as `auth`
 * @returns the session's id
 * @throws AppError('not_found') for an invitation that was used or has expired, 'conflict' for an address that is taken
 */
export async function joinWithPassword({
  db,
  input,
  agent,
}: {
  readonly db: Db
  readonly input: z.input<typeof joinInput>
  readonly agent: string
}): Promise<string> {
  const { password, ...wanted } = parseInput(joinInput, input)
  // A hash costs as much as a sign-in: not for codes that lead nowhere.
  if (!(await findInvitation(db, wanted.code)))
    await db.transaction((tx) => takeInvitation(tx, wanted.code, ''))
  const hash = await hashPassword(password)
  return db.transaction(async (tx) => {
    const user = await addUser(tx, { ...wanted, password: hash })
    return beginSession(tx, user.id, { kind: 'invitation', agent })
  })
}

/** As `joinWithPassword`, for an account elsewhere, without the session. Returns the user. */
export async function joinWithGitHub(
  tx: Tx,
  code: string,
  github: { readonly subject: string; readonly login: string; readonly name: string },
): Promise<{ readonly id: string; readonly name: string }> {
  const user = await addUser(tx, { code, name: github.name, email: null, password: null })
  await linkGitHub(tx, user, github)
  return user
}

/** Lets an account of GitHub sign this user in. @throws AppError('conflict') where it signs somebody else in */
export async function linkGitHub(
  tx: Tx,
  user: { readonly id: string; readonly name: string },
  { subject, login }: { readonly subject: string; readonly login: string },
): Promise<void> {
  await tx.delete(identities).where(and(eq(identities.userId, user.id), eq(identities.provider, 'github')))
  const added = await tx
    .insert(identities)
    .values({ provider: 'github', subject, login, userId: user.id })
    .onConflictDoNothing()
    .returning({ subject: identities.subject })
  if (added.length === 0)
    throw new AppError('conflict', `The GitHub account ${login} signs somebody else in.`)
  const data = { provider: 'github', login }
  await appendAudit(tx, { runId: null, actor: actorOf(user, 'dashboard'), action: 'user.linked', data })
}

async function addUser(tx: Tx, { code, name, email, password }: Newcomer) {
  const id = newId()
  const invitation = await takeInvitation(tx, code, id)
  const address = invitation.email ?? email
  if (invitation.email !== null && email !== null && invitation.email !== email) {
    throw new AppError('bad_request', `This invitation is for ${invitation.email}.`, { place: 'email' })
  }
  const [user] = await tx
    .insert(users)
    .values({ id, name, email: address, role: invitation.role, password, invitedBy: invitation.by })
    .onConflictDoNothing()
    .returning({ id: users.id, name: users.name })
  if (!user) {
    throw new AppError('conflict', `There is an account with the address ${address} already.`, {
      place: 'email',
      mend: 'Sign in with it. Where its password is lost, an admin’s invitation of this very address sets a new one.',
    })
  }
  const data = { user: id, role: invitation.role, invitation: invitation.id }
  await appendAudit(tx, { runId: null, actor: actorOf(user, 'dashboard'), action: 'user.joined', data })
  return user
}
