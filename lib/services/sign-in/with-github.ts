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
 * Whom an account of GitHub signs in: who linked it; else who joins with an invitation; else who asked to link it.
 * Whoever else is signed in in this browser has nothing to do with it. Addresses are not compared: who has one there
 * need not be who has it here.
 * @param db as `auth`
 * @throws AppError('unauthorized') for an account that nobody invited, or whose user is deactivated
 */
export async function findOrJoinByGitHub({
  db,
  github,
  invitation,
  linkTo,
}: {
  readonly db: Db
  readonly github: GitHubAccount
  readonly invitation: string | null
  /** Who went to GitHub to link an account. */
  readonly linkTo: { readonly id: string; readonly name: string } | null
}): Promise<{ readonly id: string; readonly name: string }> {
  const [known] = await db
    .select({ id: users.id, name: users.name, disabledAt: users.disabledAt })
    .from(identities)
    .innerJoin(users, eq(users.id, identities.userId))
    .where(and(eq(identities.provider, 'github'), eq(identities.subject, github.subject)))
  if (known?.disabledAt === null) return { id: known.id, name: known.name }
  if (known) throw new AppError('unauthorized', 'This account is deactivated.', { mend: 'Ask an admin.' })
  if (invitation !== null) return db.transaction((tx) => joinWithGitHub(tx, invitation, github))
  if (linkTo) {
    await db.transaction((tx) => linkGitHub(tx, linkTo, github))
    return { id: linkTo.id, name: linkTo.name }
  }
  throw new AppError('unauthorized', `Nobody has invited the GitHub account ${github.login}.`, {
    mend: 'Ask an admin for an invitation, and open its link.',
  })
}
