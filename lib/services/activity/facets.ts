import { asc } from 'drizzle-orm'
import { users } from '@/drizzle/schema'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { runFacetsOf } from '../runs/facets'

interface Named {
  readonly id: string
  readonly name: string
}

/** So many members are offered; others can still be named in the address. */
const MOST = 200

/**
 * What the feed can be narrowed to: repositories, and who may have done something. Members decide and change much
 * without ever having asked for a run; others asked for one and are no members.
 */
export async function activityFacets({
  ctx,
}: {
  ctx: ServiceContext
}): Promise<{ readonly repositories: readonly Named[]; readonly people: readonly Named[] }> {
  authorise(ctx, 'read')
  const [{ repositories, authors }, members] = await Promise.all([
    runFacetsOf({ ctx }),
    ctx.db
      .select({ id: users.id, name: users.name })
      .from(users)
      .orderBy(asc(users.name), asc(users.id))
      .limit(MOST),
  ])
  // A member's name is the one of today, not that of the last run.
  const others = authors.filter(({ id }) => !members.some((member) => member.id === id))
  const people = [...members, ...others].sort((a, b) => a.name.localeCompare(b.name, 'en'))
  return { repositories, people }
}
