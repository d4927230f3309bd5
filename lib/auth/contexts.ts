import { type KeyScope, roleGrants } from '@/lib/core/access'
import type { Runtime } from '@/lib/runtime'
import type { ServiceContext } from '@/lib/services/context'
import { findKey } from '@/lib/services/keys/find'
import { findSession } from '@/lib/services/sessions/find'
import { actorOf } from '@/lib/services/sign-in/actor'
import { findOwner, type Person } from '@/lib/services/users/people'

/** The database for signing in, which alone sees what secrets are compared with. */
export function signInDb(runtime: Runtime) {
  return runtime.database.as({ role: 'auth' })
}

function contextOf(
  runtime: Runtime,
  person: Person,
  { via, grants = roleGrants[person.role], ...asked }: Asking,
): ServiceContext {
  return runtime.context(actorOf(person, via), ['public', ...grants], { ...asked, singleUser: person.alone })
}

interface Asking {
  readonly via: string
  readonly grants?: readonly KeyScope[]
  readonly session?: string
  readonly key?: string
}

/**
 * The context of whoever holds the installation's token: as the account `owner` is now. Null where it was deactivated.
 * @param via `cli`, `api`
 */
export async function ownerContext(runtime: Runtime, via: string): Promise<ServiceContext | null> {
  const person = await findOwner(runtime.database.db)
  return person && contextOf(runtime, person, { via })
}

/** The context of a browser's session; null where it does not go on. */
export async function sessionContext(runtime: Runtime, session: string): Promise<ServiceContext | null> {
  const person = await findSession(runtime.database.db, session)
  return person && contextOf(runtime, person, { via: 'dashboard', session })
}

/** The context of a key; null where it opens nothing. Its runs are its maker's, asked for through it. */
export async function keyContext(runtime: Runtime, key: string): Promise<ServiceContext | null> {
  const found = await findKey(signInDb(runtime), key)
  if (!found) return null
  const { id, prefix, user, grants } = found
  return contextOf(runtime, user, { via: `key:${prefix}`, grants, key: id })
}
