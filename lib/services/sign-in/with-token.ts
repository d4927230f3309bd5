import type { Db } from '@/lib/db/client'
import { AppError } from '@/lib/errors'
import { beginSession } from '../sessions/begin'
import { findOwner } from '../users/people'

/** What is said to the holder of the token where its account is closed. */
export function ownerIsOff(): AppError {
  return new AppError('unauthorized', 'The account of the installation’s token is deactivated.', {
    mend: 'Sign in with an account of your own; an admin can activate `owner` again under Settings, Members.',
  })
}

/**
 * Begins a session for who has shown the installation's token.
 * @param db as `auth`
 * @returns the session's id
 * @throws AppError('unauthorized') where the owner was deactivated
 */
export async function signInWithToken({
  db,
  agent,
}: {
  readonly db: Db
  readonly agent: string
}): Promise<string> {
  const owner = await findOwner(db)
  if (!owner) throw ownerIsOff()
  return db.transaction((tx) => beginSession(tx, owner.id, { kind: 'token', agent }))
}
