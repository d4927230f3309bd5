import { and, eq } from 'drizzle-orm'
import { identities, users } from '@/drizzle/schema'
import { roleGrants } from '@/lib/core/access'
import type { GitHubPerson } from '@/lib/core/github-event'
import type { Actor } from '@/lib/core/trigger'
import type { Db } from '@/lib/db/client'

/** Finds out who somebody at GitHub is here. */
export type FindPerson = (person: GitHubPerson) => Promise<KnownPerson>

export interface KnownPerson {
  readonly actor: Actor
  readonly active: boolean
  /** Their role here starts runs; of who has none here GitHub has said so. */
  readonly mayTrigger: boolean
}

/**
 * The user who linked that account of GitHub, so that one person is one here, whatever they ask through; somebody of
 * GitHub's alone where nobody has. A program is no person.
 * @param db as `auth`, which alone sees whose accounts are whose
 */
export function personFinder(db: Db): FindPerson {
  return async ({ subject, login, bot }) => {
    const [linked] = await db
      .select({ id: users.id, name: users.name, role: users.role, disabledAt: users.disabledAt })
      .from(identities)
      .innerJoin(users, eq(users.id, identities.userId))
      .where(and(eq(identities.provider, 'github'), eq(identities.subject, subject)))
    const kind = bot ? 'system' : 'user'
    if (!linked) {
      const actor: Actor = { kind, id: `github:${subject}`, name: login, via: 'github' }
      return { actor, active: true, mayTrigger: true }
    }
    const { id, name, role, disabledAt } = linked
    const actor: Actor = { kind, id, name, via: 'github' }
    return { actor, active: disabledAt === null, mayTrigger: roleGrants[role].includes('trigger') }
  }
}
