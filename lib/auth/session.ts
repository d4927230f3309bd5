import { cookies, headers } from 'next/headers'
import { env, ownUrls } from '@/lib/env'
import { getRuntime, owner } from '@/lib/runtime'
import type { ServiceContext } from '@/lib/services/context'
import { checkHost, checkOrigin } from './host'
import { isSession, SESSION_COOKIE, SESSION_SECONDS, sessionValue } from './session-value'
import { sameSecret } from './token'

/**
 * Begins a session for who has the installation's token, in a server action or route handler: sets the cookie,
 * which holds a signature and not the token.
 * @throws AppError('unauthorized' | 'rate_limited') for a wrong one, 'forbidden' for another site's request.
 */
export async function signIn(token: string): Promise<void> {
  const sent = await headers()
  checkHost(sent.get('host'), ownUrls(env()))
  const runtime = await getRuntime()
  const now = new Date()
  if (!sameSecret(token.trim(), runtime.token)) throw runtime.wrongTokens.refuse(now.getTime())
  const jar = await cookies()
  jar.set(SESSION_COOKIE, sessionValue(runtime.token, now), {
    httpOnly: true,
    sameSite: 'lax',
    path: '/',
    maxAge: SESSION_SECONDS,
    secure: env().DEVPILOT_URL?.startsWith('https://') ?? false,
  })
}

/** Ends the session of this browser. */
export async function signOut(): Promise<void> {
  checkOrigin(await headers())
  const jar = await cookies()
  jar.delete(SESSION_COOKIE)
}

/** The context of who is signed in with the cookie of this request; null when nobody is. */
export async function currentContext(): Promise<ServiceContext | null> {
  const value = (await cookies()).get(SESSION_COOKIE)?.value
  const runtime = await getRuntime()
  return isSession(value, runtime.token, new Date()) ? runtime.context(owner('dashboard')) : null
}
