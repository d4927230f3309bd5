'use server'

import { redirect } from 'next/navigation'
import { rememberErrand } from '@/lib/auth/at-github'
import { join, renew } from '@/lib/auth/session'
import { openAction, textOf } from '@/lib/edge/action'

/** Makes the account of an invitation, with a password. */
export const joinAction = openAction(async (form) => {
  await join({
    code: textOf(form, 'code'),
    name: textOf(form, 'name'),
    email: textOf(form, 'email'),
    password: textOf(form, 'password'),
  })
  redirect('/')
})

/** Sets the lost password of a member anew. */
export const renewPasswordAction = openAction(async (form) => {
  await renew({
    code: textOf(form, 'code'),
    email: textOf(form, 'email'),
    password: textOf(form, 'password'),
  })
  redirect('/')
})

/** Keeps the invitation in this browser while its holder is at GitHub. */
export const joinByGitHubAction = openAction((form) =>
  rememberErrand({ kind: 'join', code: textOf(form, 'code') }),
)
