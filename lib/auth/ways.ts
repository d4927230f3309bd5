import { env } from '@/lib/env'
import { toAppError } from '@/lib/errors'
import { getRuntime } from '@/lib/runtime'
import { findInvitation } from '@/lib/services/users/invitation-code'
import { anyPassword } from '@/lib/services/users/own'
import { signInDb } from './contexts'
import { githubApp } from './github'

/** The ways to sign in beside the token, which always is one. */
export async function signInWays(): Promise<{ readonly github: boolean; readonly password: boolean }> {
  const github = githubApp(env()) !== null
  try {
    return { github, password: await anyPassword(signInDb(await getRuntime())) }
  } catch (error) {
    // The page stands while the database is away; what is tried then says so.
    if (toAppError(error).code !== 'unavailable') throw error
    return { github, password: false }
  }
}

/** The invitation behind the code of a link, as long as it can be used. */
export async function openInvitation(code: string) {
  return findInvitation(signInDb(await getRuntime()), code.slice(0, 200))
}
