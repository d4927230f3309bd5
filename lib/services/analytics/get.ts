import type { Db } from '@/lib/db/client'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import { findNamed } from '../repositories/find'
import { allCharts } from './charts'
import { count } from './charts/steps'
import { type Facts, type Needs, readFacts } from './facts'
import { type AnalyticsInput, analyticsInput, toPeriod } from './input'
import type { AnalyticsView } from './view'

/**
 * Every chart of a period, from rollups that the writers keep: nothing here grows with the runs.
 * @throws AppError('bad_request' | 'not_found')
 */
export async function getAnalytics({
  ctx,
  input = {},
  now = new Date(),
}: {
  ctx: ServiceContext
  input?: AnalyticsInput
  now?: Date
}): Promise<AnalyticsView> {
  authorise(ctx, 'read')
  const wanted = parseInput(analyticsInput, input)
  const [facts, repository] = await Promise.all([
    factsOf(ctx.db, wanted, now),
    repositoryOf(ctx.db, wanted.repository),
  ])
  const { from, to } = facts.period
  return { from, to, repository, ended: count(facts.series('end')), charts: allCharts(facts), ignored: [] }
}

export function factsOf(db: Db, wanted: AnalyticsInput, now: Date, needs?: Needs): Promise<Facts> {
  return readFacts(db, toPeriod(wanted, now), wanted.repository ?? null, needs)
}

/** The repository that a view is of. @throws AppError('not_found') */
export async function repositoryOf(db: Db, id: string | undefined): Promise<AnalyticsView['repository']> {
  if (id === undefined) return null
  const found = await findNamed(db, id)
  if (found) return found
  throw new AppError('not_found', `There is no repository ${id}.`, {
    place: 'repository',
    mend: 'Leave it out, or take one of GET /api/repositories.',
  })
}
