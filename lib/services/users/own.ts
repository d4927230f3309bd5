import { and, eq, isNotNull, isNull } from 'drizzle-orm'
import { z } from 'zod'
import { users } from '@/drizzle/schema'
import { appendAudit } from '@/lib/db/audit'
import type { Db } from '@/lib/db/client'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import { endOthers } from '../sessions/end'
import { countAttempt, forgetAttempts } from '../sign-in/attempts'
import { emailInput } from '../sign-in/with-password'
import { takeBackPasswordLinks } from './invitation-code'
import { personName } from './join'
import { checkPassword, hashPassword, newPassword } from './password'

export const renameInput = z.strictObject({ name: personName })

/** Gives the caller another name; the record keeps the old one where it stands. */
export async function rename({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof renameInput>
}): Promise<void> {
  authorise(ctx, 'read')
  const { name } = parseInput(renameInput, input)
  await ctx.db.transaction(async (tx) => {
    await tx.update(users).set({ name }).where(eq(users.id, ctx.actor.id))
    const data = { was: ctx.actor.name, is: name }
    await appendAudit(tx, { runId: null, actor: ctx.actor, action: 'user.renamed', data })
  })
}

export const setPasswordInput = z.strictObject({
  email: emailInput,
  /** The one until now, where there is one. */
  current: z.string().max(1_000).default(''),
  password: newPassword,
})

/**
 * Sets the address and password that the caller signs in with, and ends the caller's other sessions, and the links that
 * would set another one: one of them may be why it is changed. Keys cannot: they would outlive their end.
 * @param auth the database as `auth`, which alone sees passwords
 */
export async function setPassword({
  ctx,
  auth,
  input,
}: {
  ctx: ServiceContext
  auth: Db
  input: z.input<typeof setPasswordInput>
}): Promise<void> {
  authorise(ctx, 'read')
  const { email, current, password } = parseInput(setPasswordInput, input)
  if (ctx.key !== undefined) throw new AppError('forbidden', 'A key cannot set a password.')
  const { id } = ctx.actor
  const [user] = await auth.select({ password: users.password }).from(users).where(eq(users.id, id))
  if (user?.password) {
    await countAttempt(auth, `own:${id}`)
    if (!(await checkPassword(current, user.password)))
      throw new AppError('forbidden', 'The current password is another one.', { place: 'current' })
    await forgetAttempts(auth, `own:${id}`)
  }
  const hash = await hashPassword(password)
  await auth.transaction(async (tx) => {
    const [taken] = await tx.select({ id: users.id }).from(users).where(eq(users.email, email))
    if (taken && taken.id !== id)
      throw new AppError('conflict', 'Somebody else signs in with this address.', { place: 'email' })
    await tx.update(users).set({ email, password: hash }).where(eq(users.id, id))
    await appendAudit(tx, { runId: null, actor: ctx.actor, action: 'user.password_set', data: { email } })
    await endOthers(tx, ctx)
    await takeBackPasswordLinks(tx, id)
  })
}

/** Whether anybody signs in with a password. @param auth the database as `auth` */
export async function anyPassword(auth: Db): Promise<boolean> {
  const found = await auth
    .select({ id: users.id })
    .from(users)
    .where(and(isNotNull(users.password), isNull(users.disabledAt)))
    .limit(1)
  return found.length > 0
}
