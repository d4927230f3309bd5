import { and, eq } from 'drizzle-orm'
import { identities, users } from '@/drizzle/schema'
import type { Db } from '@/lib/db/client'
import { AppError } from '@/lib/errors'
import { joinWithGitHub, linkGitHub } from '../users/join'

export interface GitHubAccount {
  /** GitHub's number of it. */
  readonly subject: string
  readonly login: string
  readonly name: string
}

/**
 * Whom an account of GitHub signs in: who linked it; else who is signed in now and links it; else who joins with an
 * invitation. Addresses are not compared: who has one there need not be who has it here.
 * @param db as `auth`
 * @throws AppError('unauthorized') for an account that nobody invited, or whose user is deactivated
 */
export async function findOrJoinByGitHub({
  db,
  github,
  current,
  invitation,
}: {
  readonly db: Db
  readonly github: GitHubAccount
  /** Who is signed in in this browser. */
  readonly current: { readonly id: string; readonly name: string } | null
  readonly invitation: string | null
}): Promise<{ readonly id: string; readonly name: string }> {
  const [known] = await db
    .select({ id: users.id, name: users.name, disabledAt: users.disabledAt })
    .from(identities)
    .innerJoin(users, eq(users.id, identities.userId))
    .where(and(eq(identities.provider, 'github'), eq(identities.subject, github.subject)))
  if (known?.disabledAt === null) return { id: known.id, name: known.name }
  if (known) throw new AppError('unauthorized', 'This account is deactivated.', { mend: 'Ask an admin.' })
  if (current) {
    await db.transaction((tx) => linkGitHub(tx, current, github))
    return current
  }
  if (invitation !== null) return db.transaction((tx) => joinWithGitHub(tx, invitation, github))
  throw new AppError('unauthorized', `Nobody has invited the GitHub account ${github.login}.`, {
    mend: 'Ask an admin for an invitation, and open its link.',
  })
}
