import { addDays, periodOf } from '@/lib/core/calendar'
import { percentile } from '@/lib/core/histogram'
import { byKey } from '../analytics/charts/steps'
import { readFacts } from '../analytics/facts'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'

/** How long it took from asking for a run to its merge, in seconds; null where nothing was merged. */
export interface MergeTimes {
  readonly median: number | null
  /** Of what was asked for on each day, the oldest first. */
  readonly days: readonly { readonly day: string; readonly median: number | null }[]
}

/** Medians of the last days (UTC), from rollups: as Analytics says them. */
export async function mergeTimes({
  ctx,
  days,
  now = new Date(),
}: {
  ctx: ServiceContext
  days: number
  now?: Date
}): Promise<MergeTimes> {
  authorise(ctx, 'read')
  const today = now.toISOString().slice(0, 10)
  const from = addDays(today, 1 - days)
  const facts = await readFacts(ctx.db, periodOf(from, today), null, { series: ['cycle'] })
  const sums = facts.series('cycle')
  return {
    median: percentile(byKey(sums), 0.5),
    days: Array.from({ length: days }, (_, index) => {
      const day = addDays(from, index)
      const its = sums.filter(({ start }) => start === day)
      return { day, median: percentile(its, 0.5) }
    }),
  }
}
