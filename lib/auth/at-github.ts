import { cookies } from 'next/headers'
import { env } from '@/lib/env'
import { AppError } from '@/lib/errors'
import type { ServiceContext } from '@/lib/services/context'
import { cookieOptions, isSecure } from './cookie'

/** Says for whom it was that this browser went to GitHub; gone with the answer. */
const ERRAND_COOKIE = 'devpilot_errand'
const AT_GITHUB_SECONDS = 600

/** What an account of GitHub is to do here: join with an invitation, be linked to a session's user, or sign in. */
export type Errand =
  | { readonly kind: 'join'; readonly code: string }
  | { readonly kind: 'link'; readonly session: string }
  | { readonly kind: 'sign-in' }

/** Keeps the errand in this browser while its holder is at GitHub; one that it had before is given up. */
export async function rememberErrand(errand: Errand): Promise<void> {
  const jar = await cookies()
  if (errand.kind === 'sign-in') {
    jar.delete(ERRAND_COOKIE)
    return
  }
  const value = errand.kind === 'join' ? `join:${errand.code.slice(0, 200)}` : `link:${errand.session}`
  jar.set(ERRAND_COOKIE, value, cookieOptions(isSecure(env()), AT_GITHUB_SECONDS))
}

/** The errand to link an account to who is signed in. @throws AppError('unauthorized') */
export function linking(ctx: ServiceContext | null): Errand {
  if (ctx?.session === undefined) {
    throw new AppError('unauthorized', 'You are not signed in.', { mend: 'Open /sign-in.' })
  }
  return { kind: 'link', session: ctx.session }
}

/** The errand that this browser comes back with, once. */
export async function takeErrand(): Promise<Errand> {
  const jar = await cookies()
  const value = jar.get(ERRAND_COOKIE)?.value ?? ''
  jar.delete(ERRAND_COOKIE)
  return readErrand(value)
}

function readErrand(value: string): Errand {
  const rest = value.slice('join:'.length)
  if (value.startsWith('join:')) return { kind: 'join', code: rest }
  return value.startsWith('link:') ? { kind: 'link', session: rest } : { kind: 'sign-in' }
}
