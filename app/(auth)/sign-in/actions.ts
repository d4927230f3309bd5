'use server'

import { redirect } from 'next/navigation'
import { rememberErrand } from '@/lib/auth/at-github'
import { signIn, signInByPassword } from '@/lib/auth/session'
import { ownPath } from '@/lib/core/own-path'
import { openAction, textOf } from '@/lib/edge/action'

/** Signs in with the token of the installation, then goes on to the page that was asked for. */
export const signInAction = openAction(async (form) => {
  await signIn(textOf(form, 'token'))
  redirect(ownPath(textOf(form, 'next')))
})

/** Signs in with an address and its password. */
export const passwordAction = openAction(async (form) => {
  await signInByPassword({ email: textOf(form, 'email'), password: textOf(form, 'password') })
  redirect(ownPath(textOf(form, 'next')))
})

/** Leaves for GitHub to sign in and for nothing else. */
export const signInByGitHubAction = openAction(() => rememberErrand({ kind: 'sign-in' }))
