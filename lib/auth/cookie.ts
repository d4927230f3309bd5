import { createHmac } from 'node:crypto'
import { decode, encode } from 'next-auth/jwt'
import type { Env } from '@/lib/env'

/** The session's cookie is next-auth's, a sealed JWT that names a row of `sessions`. */
export const SESSION_SECONDS = 30 * 24 * 3600

/** Whether browsers are to send our cookies over TLS alone. */
export const isSecure = ({ DEVPILOT_URL, VERCEL }: Pick<Env, 'DEVPILOT_URL' | 'VERCEL'>): boolean =>
  DEVPILOT_URL === undefined ? VERCEL : DEVPILOT_URL.startsWith('https://')

/** With the port, where there is one: browsers send a cookie to every server of a host, a demo's beside one's own, too. */
export function sessionCookieName(given: Pick<Env, 'DEVPILOT_URL' | 'DEVPILOT_PORT' | 'VERCEL'>): string {
  const { port } = new URL(given.DEVPILOT_URL ?? `http://127.0.0.1:${given.DEVPILOT_PORT}`)
  const own = given.VERCEL && given.DEVPILOT_URL === undefined ? '' : port
  return `${isSecure(given) ? '__Secure-' : ''}next-auth.session-token${own && `-${own}`}`
}

export function cookieOptions(secure: boolean, maxAge: number) {
  return { httpOnly: true, sameSite: 'lax', path: '/', maxAge, secure } as const
}

/** What cookies are sealed with: another token of the installation ends every session. */
export function cookieSecret(token: string, { NEXTAUTH_SECRET }: Pick<Env, 'NEXTAUTH_SECRET'>): string {
  return NEXTAUTH_SECRET ?? createHmac('sha256', token).update('devpilot next-auth').digest('base64url')
}

/** @param session the row's id */
export function sealSession(session: string, secret: string): Promise<string> {
  return encode({ token: { sid: session }, secret, maxAge: SESSION_SECONDS })
}

/** The row that a cookie names; null for one that is not ours, was changed or has expired. */
export async function openSession(value: string | undefined, secret: string): Promise<string | null> {
  if (value === undefined || value.length > 4_096) return null
  try {
    const token = await decode({ token: value, secret })
    return typeof token?.sid === 'string' ? token.sid : null
  } catch {
    // Whatever is wrong with it, nobody is signed in by it.
    return null
  }
}
