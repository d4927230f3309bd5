import { and, eq } from 'drizzle-orm'
import { identities, users } from '@/drizzle/schema'
import type { GitHubPerson } from '@/lib/core/github-event'
import type { Actor } from '@/lib/core/trigger'
import type { Db } from '@/lib/db/client'

/** Finds out who somebody at GitHub is here. */
export type FindPerson = (
  person: GitHubPerson,
) => Promise<{ readonly actor: Actor; readonly active: boolean }>

/**
 * The user who linked that account of GitHub, so that one person is one here, whatever they ask through; somebody of
 * GitHub's alone where nobody has. A program is no person.
 * @param db as `auth`, which alone sees whose accounts are whose
 */
export function personFinder(db: Db): FindPerson {
  return async ({ subject, login, bot }) => {
    const [linked] = await db
      .select({ id: users.id, name: users.name, disabledAt: users.disabledAt })
      .from(identities)
      .innerJoin(users, eq(users.id, identities.userId))
      .where(and(eq(identities.provider, 'github'), eq(identities.subject, subject)))
    const kind = bot ? 'system' : 'user'
    if (!linked) return { actor: { kind, id: `github:${subject}`, name: login, via: 'github' }, active: true }
    const { id, name, disabledAt } = linked
    return { actor: { kind, id, name, via: 'github' }, active: disabledAt === null }
  }
}
