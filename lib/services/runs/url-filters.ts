import { readRunFilters } from '@/lib/core/run-filters'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { findNamed } from '../repositories/find'

interface UrlFilters {
  ctx: ServiceContext
  query: Parameters<typeof readRunFilters>[0]
  /** Names that the page itself takes. */
  others: readonly string[]
}

/** The filters of a URL as this installation can follow them: a repository that is none is left out, and told. */
export async function urlFilters({
  ctx,
  query,
  others,
}: UrlFilters): Promise<ReturnType<typeof readRunFilters>> {
  authorise(ctx, 'read')
  const read = readRunFilters(query, others)
  const { repository: given, ...rest } = read.filters
  if (given === undefined) return read
  const repository = await findNamed(ctx.db, given)
  // Its name counts as well as its id; what is offered are ids.
  if (repository) return { ...read, filters: { ...read.filters, repository: repository.id } }
  const missing = { name: 'repository', value: given.slice(0, 80), why: 'there is no such repository' }
  return { filters: rest, ignored: [...read.ignored, missing] }
}
