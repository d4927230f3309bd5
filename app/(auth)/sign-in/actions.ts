'use server'

import { redirect } from 'next/navigation'
import { signIn } from '@/lib/auth/session'
import { publicError } from '@/lib/edge/problem'

export interface SignInState {
  readonly message: string
  readonly mend?: string
}

/** Signs in with the token of the installation, then goes on to the page that was asked for. */
export async function signInAction(_before: SignInState | null, form: FormData): Promise<SignInState | null> {
  try {
    await signIn(String(form.get('token') ?? ''))
  } catch (error) {
    const { message, mend } = publicError(error)
    return { message, ...(mend === undefined ? {} : { mend }) }
  }
  redirect(ownPath(String(form.get('next') ?? '/')))
}

/** A path of this site and nothing else: `//host` and `/\host` are other sites to a browser. */
function ownPath(next: string): string {
  return /^\/(?![/\\])/.test(next) ? next : '/'
}
