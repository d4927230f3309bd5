import { startsOf } from '@/lib/core/calendar'
import { percentile } from '@/lib/core/histogram'
import type { Facts } from '../facts'
import { ENDED, runsOf } from '../link'
import type { Chart } from '../view'
import { percent, round, time } from '../words'
import { count, stepColumn, total } from './steps'

const kinds = [
  { name: 'people', metric: 'time_people', label: 'Waiting for people', tone: 'amber' },
  { name: 'working', metric: 'time_working', label: 'Working', tone: 'blue' },
  { name: 'other', metric: 'time_other', label: 'Waiting for its turn', tone: 'grey' },
] as const

export function waitingChart(facts: Facts): Chart {
  const held = kinds.map((kind) => ({
    ...kind,
    sums: facts.series(kind.metric),
    at: Map.groupBy(facts.series(kind.metric), ({ start }) => start),
  }))
  const rows = startsOf(facts.period).map((start) => {
    const each = held.map(({ name, at }) => {
      const here = at.get(start) ?? []
      return { name, n: count(here), seconds: total(here) }
    })
    const n = each[0]?.n ?? 0
    const mean = each.map(({ name, seconds }) => [name, n === 0 ? null : round(seconds / n, 0)] as const)
    return {
      cells: { start, runs: n, ...Object.fromEntries(mean) },
      links: { runs: runsOf(facts, { status: ENDED, start }) },
    }
  })
  const sum = held.map(({ sums }) => total(sums))
  const all = sum.reduce((a, b) => a + b, 0)
  const half = percentile(facts.totals('wait'), 0.5)
  return {
    id: 'waiting',
    question: 'Do runs work, or do they wait for people?',
    answer:
      all === 0
        ? 'No run of this time has steps on record.'
        : `${percent((sum[0] ?? 0) / all)} of a run’s time it waits for people, ${percent((sum[1] ?? 0) / all)} it works${
            half === null ? '' : `; half of those that ask wait ${time(half)} or longer in all`
          }.`,
    note: 'Average of a run that ended. A step that waits for money counts as working; the queue is what remains.',
    shape: 'stack',
    along: 'start',
    series: kinds.map(({ name, label, tone }) => ({ name, label, tone })),
    columns: [
      stepColumn(facts),
      { name: 'runs', label: 'Runs', unit: 'count' },
      ...kinds.map(({ name, label }) => ({ name, label, unit: 'seconds' as const })),
    ],
    rows,
    empty: all === 0,
  }
}
