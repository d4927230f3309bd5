import type { z } from 'zod'
import type { Ignored } from '@/lib/core/run-filters'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { findNamed } from '../repositories/find'
import { type ActivityPage, listActivity, type listActivityInput } from './list'

interface ActivityPageView extends ActivityPage {
  /** The one that is shown; null: all of them. */
  readonly repository: { readonly id: string; readonly name: string } | null
  readonly ignored: readonly Ignored[]
}

/** What the page shows for its address, where a name counts as well as an id: a repository that is none is left out, and told. */
export async function activityPage({
  ctx,
  input: { repository: given, ...rest },
}: {
  ctx: ServiceContext
  input: z.input<typeof listActivityInput>
}): Promise<ActivityPageView> {
  authorise(ctx, 'read')
  const repository = given ? await findNamed(ctx.db, given) : null
  const input = repository ? { ...rest, repository: repository.id } : rest
  const ignored =
    given && !repository ? [{ name: 'repository', value: given, why: 'there is no such repository' }] : []
  return { ...(await listActivity({ ctx, input })), repository, ignored }
}
