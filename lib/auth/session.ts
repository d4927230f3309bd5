import { cookies, headers } from 'next/headers'
import { cache } from 'react'
import { env, ownUrls } from '@/lib/env'
import { getRuntime, type Runtime } from '@/lib/runtime'
import type { ServiceContext } from '@/lib/services/context'
import { endSession } from '@/lib/services/sessions/end'
import { emailInput, signInWithPassword } from '@/lib/services/sign-in/with-password'
import { signInWithToken } from '@/lib/services/sign-in/with-token'
import { joinWithPassword } from '@/lib/services/users/join'
import { renewPassword } from '@/lib/services/users/renew-password'
import { sessionContext, signInDb } from './contexts'
import {
  cookieOptions,
  cookieSecret,
  isSecure,
  openSession,
  SESSION_SECONDS,
  sealSession,
  sessionCookieName,
} from './cookie'
import { checkHost, checkOrigin } from './host'
import { currentBrowser, rememberBrowser } from './known-browser'
import { sameSecret } from './token'

/** What signing in needs of the request; refuses what another site's page sent. */
async function asked(): Promise<{ readonly runtime: Runtime; readonly agent: string }> {
  const sent = await headers()
  checkHost(sent.get('host'), ownUrls(env()))
  checkOrigin(sent)
  return { runtime: await getRuntime(), agent: sent.get('user-agent') ?? '' }
}

/** Puts the session into this browser's cookie; one that it had before has ended. */
async function begin(runtime: Runtime, session: string): Promise<void> {
  await endCurrent()
  const value = await sealSession(session, cookieSecret(runtime.token, env()))
  const jar = await cookies()
  jar.set(sessionCookieName(env()), value, cookieOptions(isSecure(env()), SESSION_SECONDS))
}

/**
 * Begins a session for who has the installation's token, in a server action.
 * @throws AppError('unauthorized' | 'rate_limited') for a wrong one, 'forbidden' for another site's request.
 */
export async function signIn(token: string): Promise<void> {
  const { runtime, agent } = await asked()
  if (!sameSecret(token.trim(), runtime.token)) throw runtime.wrongTokens.refuse(Date.now())
  await begin(runtime, await signInWithToken({ db: signInDb(runtime), agent }))
}

/** Begins a session for who knows a password. @throws as `signIn` */
export async function signInByPassword(input: { email: string; password: string }): Promise<void> {
  const { runtime, agent } = await asked()
  const secret = cookieSecret(runtime.token, env())
  const browser = await currentBrowser(secret)
  await begin(runtime, await signInWithPassword({ db: signInDb(runtime), input, agent, browser }))
  await rememberBrowser(emailInput.parse(input.email), secret)
}

/** Makes an account from an invitation and signs it in. @throws as `joinWithPassword` */
export async function join(input: Parameters<typeof joinWithPassword>[0]['input']): Promise<void> {
  const { runtime, agent } = await asked()
  await begin(runtime, await joinWithPassword({ db: signInDb(runtime), input, agent }))
  await rememberBrowser(emailInput.parse(input.email), cookieSecret(runtime.token, env()))
}

/** Sets a lost password anew by an admin's link and signs in. @throws as `renewPassword` */
export async function renew(input: Parameters<typeof renewPassword>[0]['input']): Promise<void> {
  const { runtime, agent } = await asked()
  await begin(runtime, await renewPassword({ db: signInDb(runtime), input, agent }))
  await rememberBrowser(emailInput.parse(input.email), cookieSecret(runtime.token, env()))
}

/** Ends the session of this browser. */
export async function signOut(): Promise<void> {
  checkOrigin(await headers())
  await endCurrent()
  const jar = await cookies()
  jar.delete(sessionCookieName(env()))
}

/** Ends the session that this browser's cookie names, if it names one: nothing else would, once the cookie is another. */
export async function endCurrent(): Promise<void> {
  const ctx = await currentContext()
  if (ctx?.session !== undefined) await endSession({ ctx, input: { session: ctx.session } })
}

/** The context of who is signed in with the cookie of this request, looked up once for it; null when nobody is. */
export const currentContext = cache(async (): Promise<ServiceContext | null> => {
  const value = (await cookies()).get(sessionCookieName(env()))?.value
  if (value === undefined) return null
  const runtime = await getRuntime()
  const session = await openSession(value, cookieSecret(runtime.token, env()))
  return session === null ? null : sessionContext(runtime, session)
})
