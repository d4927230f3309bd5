import { and, eq, isNull } from 'drizzle-orm'
import { z } from 'zod'
import { users } from '@/drizzle/schema'
import type { Db } from '@/lib/db/client'
import { AppError } from '@/lib/errors'
import { parseInput } from '../parse'
import { beginSession } from '../sessions/begin'
import { checkPassword } from '../users/password'
import { countAttempt, forgetAttempts } from './attempts'

/** An address as it is kept: in small letters. */
export const emailInput = z
  .string()
  .trim()
  .max(254)
  .pipe(z.email('an e-mail address'))
  .transform((text) => text.toLowerCase())

export const passwordInput = z.strictObject({ email: emailInput, password: z.string().min(1).max(1_000) })

/** A browser in which an address was signed in with its password before. */
export interface KnownBrowser {
  readonly id: string
  readonly email: string
}

/**
 * Begins a session for who knows the password. Nobody learns whether there is such an address. Tries from a browser where
 * the address was signed in before are counted by themselves: strangers who try it cannot keep its owner out of there.
 * @param db as `auth`
 * @returns the session's id
 * @throws AppError('unauthorized' | 'rate_limited')
 */
export async function signInWithPassword({
  db,
  input,
  agent,
  browser = null,
}: {
  readonly db: Db
  readonly input: z.input<typeof passwordInput>
  readonly agent: string
  readonly browser?: KnownBrowser | null
}): Promise<string> {
  const { email, password } = parseInput(passwordInput, input)
  const who = browser?.email === email ? `${email} ${browser.id}` : email
  await countAttempt(db, who)
  const [user] = await db
    .select({ id: users.id, name: users.name, password: users.password })
    .from(users)
    .where(and(eq(users.email, email), isNull(users.disabledAt)))
  const right = await checkPassword(password, user?.password ?? null)
  if (!user || !right) {
    throw new AppError('unauthorized', 'Address or password is wrong.', {
      mend: 'Try again. An admin can invite you anew where the password is lost.',
    })
  }
  await forgetAttempts(db, who)
  return db.transaction((tx) => beginSession(tx, user.id, { kind: 'password', agent }))
}
