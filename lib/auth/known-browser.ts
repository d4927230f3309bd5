import { randomUUID } from 'node:crypto'
import { cookies } from 'next/headers'
import { decode, encode } from 'next-auth/jwt'
import { env } from '@/lib/env'
import type { KnownBrowser } from '@/lib/services/sign-in/with-password'
import { cookieOptions, isSecure } from './cookie'

/** Stays after signing out: it says where an address was signed in from, and lets nobody in. */
const COOKIE = 'devpilot_browser'
const KEPT_SECONDS = 365 * 24 * 3600
/** So that a session's cookie is none of these, and the other way round. */
const salt = 'devpilot known browser'

/** @param secret that of the session's cookie */
export function sealBrowser({ id, email }: KnownBrowser, secret: string): Promise<string> {
  return encode({ token: { browser: id, email }, secret, salt, maxAge: KEPT_SECONDS })
}

/** The browser that a cookie names; null for one that is not ours, was changed or has expired. */
export async function openBrowser(value: string | undefined, secret: string): Promise<KnownBrowser | null> {
  if (value === undefined || value.length > 4_096) return null
  try {
    const token = await decode({ token: value, secret, salt })
    const { browser, email } = token ?? {}
    return typeof browser === 'string' && typeof email === 'string' ? { id: browser, email } : null
  } catch {
    // Whatever is wrong with it, it is a browser like any other.
    return null
  }
}

/** The browser that asks, where somebody signed in with a password before. */
export async function currentBrowser(secret: string): Promise<KnownBrowser | null> {
  return openBrowser((await cookies()).get(COOKIE)?.value, secret)
}

/** Remembers that this address was signed in here. */
export async function rememberBrowser(email: string, secret: string): Promise<void> {
  const before = await currentBrowser(secret)
  const id = before?.email === email ? before.id : randomUUID()
  const jar = await cookies()
  jar.set(COOKIE, await sealBrowser({ id, email }, secret), cookieOptions(isSecure(env()), KEPT_SECONDS))
}
