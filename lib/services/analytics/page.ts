import type { Ignored } from '@/lib/core/run-filters'
import { isEnded, runStatusNames } from '@/lib/core/status'
import { AppError } from '@/lib/errors'
import type { ServiceContext } from '../context'
import { listRepositories } from '../repositories/list'
import { listRuns } from '../runs/list'
import type { RunSummary } from '../views'
import { getAnalytics } from './get'
import { type AnalyticsInput, DEFAULT_RANGE, type RangeName } from './input'
import { readAnalyticsQuery } from './query'
import type { AnalyticsView } from './view'

interface AnalyticsPageView {
  readonly view: AnalyticsView
  /** What was followed of the URL. */
  readonly query: Readonly<Record<string, string>>
  /** null: days of one's own. */
  readonly range: RangeName | null
  readonly repositories: readonly { readonly id: string; readonly name: string }[]
  /** Where none of the time has ended: the newest that is still under way. */
  readonly underWay: RunSummary | null
}

/** What the page shows for its URL: a repository that is not there is named like other nonsense, and left out. */
export async function analyticsPage({
  ctx,
  query,
  now = new Date(),
}: {
  ctx: ServiceContext
  query: Readonly<Record<string, string | readonly string[] | undefined>>
  now?: Date
}): Promise<AnalyticsPageView> {
  const read = readAnalyticsQuery(query, now)
  const [found, repositories] = await Promise.all([
    getAnalytics({ ctx, input: read.input, now }).then(
      (view) => ({ view, input: read.input, missing: [] as Ignored[] }),
      (error: unknown) => withoutRepository(ctx, read.input, now, error),
    ),
    listRepositories({ ctx, input: { limit: 200 } }),
  ])
  const { view, input, missing } = found
  const listed = repositories.items.map(({ id, name }) => ({ id, name }))
  const { repository } = view
  const known = repository === null || listed.some(({ id }) => id === repository.id)
  return {
    view: { ...view, ignored: [...read.ignored, ...missing] },
    query: Object.fromEntries(
      Object.entries(input).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
    range: input.from || input.to ? null : (input.range ?? DEFAULT_RANGE),
    repositories: known || repository === null ? listed : [repository, ...listed],
    underWay: view.ended === 0 ? await newestUnderWay(ctx, view) : null,
  }
}

const unended = runStatusNames.filter((status) => !isEnded(status))

async function newestUnderWay(ctx: ServiceContext, { from, to, repository }: AnalyticsView) {
  const of = repository ? { repository: repository.id } : {}
  const { items } = await listRuns({
    ctx,
    input: { status: unended, since: from, until: to, ...of, limit: 1 },
  })
  return items[0] ?? null
}

async function withoutRepository(ctx: ServiceContext, input: AnalyticsInput, now: Date, error: unknown) {
  if (!(error instanceof AppError) || error.code !== 'not_found') throw error
  const { repository = '', ...rest } = input
  const missing = [{ name: 'repository', value: repository, why: 'there is no such repository' }]
  return { view: await getAnalytics({ ctx, input: rest, now }), input: rest, missing }
}
