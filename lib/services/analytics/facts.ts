import { type SQL, sql } from 'drizzle-orm'
import { type CalendarStep, type Period, type Span, spansOf } from '@/lib/core/calendar'
import { allRows, type Db } from '@/lib/db/client'
import {
  REPOSITORY_METRIC,
  type SeriesMetric,
  seriesMetrics,
  type TotalMetric,
  totalMetrics,
} from './metrics'

const ALL = '00000000-0000-0000-0000-000000000000'
/** Repositories that are named one by one; the others are one sum. */
export const TOP_REPOSITORIES = 8

export interface Sum {
  readonly key: string
  readonly n: number
  readonly total: number
}
export interface StepSum extends Sum {
  /** The day on which its step begins. */
  readonly start: string
}

/** Everything that the charts are made of. */
export interface Facts {
  readonly period: Period
  readonly repository: string | null
  series(metric: SeriesMetric): readonly StepSum[]
  totals(metric: TotalMetric): readonly Sum[]
  /** The most expensive ones; one more than `TOP_REPOSITORIES` tells that there are others. */
  readonly repositories: readonly (Sum & { readonly name: string })[]
}

/** Which of the sums are read. */
export interface Needs {
  readonly series?: readonly SeriesMetric[]
  readonly totals?: readonly TotalMetric[]
  readonly repositories?: boolean
}
const everything: Needs = { series: seriesMetrics, totals: totalMetrics, repositories: true }

/** Reads rollups and what is not folded into them yet, in two statements whose cost grows with days, not with runs. */
export async function readFacts(
  db: Db,
  period: Period,
  repository: string | null,
  needs: Needs = everything,
): Promise<Facts> {
  const scope = repository ?? ALL
  const { series: wanted = [], totals: summed = [], repositories = false } = needs
  const [series, totals, top] = await Promise.all([
    wanted.length > 0 ? db.execute(stepsOf(scope, period, wanted)) : [],
    summed.length > 0 ? db.execute(totalsOf(scope, period, summed)) : [],
    repositories ? db.execute(topRepositories(scope, period)) : [],
  ])
  const steps = Map.groupBy(allRows(series).map(toStepSum), ({ metric }) => metric)
  const sums = Map.groupBy(allRows(totals).map(toSum), ({ metric }) => metric)
  return {
    period,
    repository,
    series: (metric) => steps.get(metric) ?? [],
    totals: (metric) => sums.get(metric) ?? [],
    repositories: allRows(top).map((row) => ({ ...toSum(row), name: String(row.name) })),
  }
}

function stepsOf(scope: string, period: Period, metrics: readonly string[]): SQL {
  const { step } = period
  return sql`
    select metric, key, ${startOf(step)} as start, sum(n)::float8 as n, sum(total)::float8 as total
    from (${rowsOf(scope, period, metrics, spansOfSteps(period))}) rows group by 1, 2, 3 having sum(n) <> 0`
}

/** A whole month can be one row only where months are shown: it stands on its first day. */
function spansOfSteps(period: Period): readonly Span[] {
  const { from, to, step } = period
  return step === 'month' ? spansOf(period) : [{ grain: 'day', from, to }]
}

/** As text: drivers make a date of a day otherwise, in the machine's own zone. */
function startOf(step: CalendarStep): SQL {
  return step === 'day' ? sql`day::text` : sql`date_trunc(${step}, day)::date::text`
}

function totalsOf(scope: string, period: Period, metrics: readonly string[]): SQL {
  return sql`
    select metric, key, sum(n)::float8 as n, sum(total)::float8 as total
    from (${rowsOf(scope, period, metrics, spansOf(period))}) rows group by 1, 2 having sum(n) <> 0`
}

function topRepositories(scope: string, period: Period): SQL {
  return sql`
    select top.*, r.name from (
      select * from (${totalsOf(scope, period, [REPOSITORY_METRIC])}) summed
      order by total desc, key limit ${TOP_REPOSITORIES}
    ) top join repositories r on r.id = top.key::uuid order by top.total desc, top.key`
}

function rowsOf(
  scope: string,
  { from, to }: Period,
  metrics: readonly string[],
  spans: readonly Span[],
): SQL {
  const names = sql.join(
    metrics.map((name) => sql`${name}`),
    sql`, `,
  )
  const parts = spans.map(
    (span) => sql`
      select metric, day, key, n, total from rollups where scope = ${scope}::uuid and metric in (${names})
        and grain = ${span.grain} and day between ${span.from}::date and ${span.to}::date`,
  )
  const fresh = sql`
    select fact->>0, day, fact->>1, (fact->>2)::bigint * "by", (fact->>3)::bigint * "by"
    from end_changes cross join lateral jsonb_array_elements(facts) fact
    where day between ${from}::date and ${to}::date and fact->>0 in (${names})
      ${scope === ALL ? sql`` : sql`and repository_id = ${scope}::uuid`}`
  return sql.join([...parts, fresh], sql` union all `)
}

type Row = Readonly<Record<string, unknown>>
const toSum = ({ metric, key, n, total }: Row) => ({
  metric: String(metric),
  key: String(key),
  n: Number(n),
  total: Number(total),
})
const toStepSum = (row: Row) => ({ ...toSum(row), start: String(row.start) })
