'use server'

import { cookies } from 'next/headers'
import { redirect } from 'next/navigation'
import { cookieOptions, isSecure } from '@/lib/auth/cookie'
import { INVITATION_COOKIE } from '@/lib/auth/next-auth'
import { join } from '@/lib/auth/session'
import { openAction, textOf } from '@/lib/edge/action'
import { env } from '@/lib/env'

const AT_GITHUB_SECONDS = 600

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

/** Keeps the invitation in this browser while its holder is at GitHub. */
export const joinByGitHubAction = openAction(async (form) => {
  const jar = await cookies()
  jar.set(
    INVITATION_COOKIE,
    textOf(form, 'code').slice(0, 200),
    cookieOptions(isSecure(env()), AT_GITHUB_SECONDS),
  )
})
