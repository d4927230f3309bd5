import { percentile } from '@/lib/core/histogram'
import type { Facts } from '../facts'
import { runsOf } from '../link'
import type { Chart } from '../view'
import { round, runs, time } from '../words'
import { byKey, byStep, count, stepColumn } from './steps'

const seconds = (value: number | null): number | null => (value === null ? null : round(value, 0))

export function cycleChart(facts: Facts): Chart {
  const sums = facts.series('cycle')
  const rows = byStep(facts, sums).map(({ start, sums: here }) => ({
    cells: {
      start,
      merged: count(here),
      p50: seconds(percentile(here, 0.5)),
      p90: seconds(percentile(here, 0.9)),
    },
    links: { merged: runsOf(facts, { merged: 'true', start }) },
  }))
  const all = byKey(sums)
  const [p50, p90] = [percentile(all, 0.5), percentile(all, 0.9)]
  return {
    id: 'cycle',
    question: 'How long does it take from the trigger to the merge?',
    answer:
      p50 === null || p90 === null
        ? 'Nothing that was asked for in this time has been merged.'
        : `Half of ${runs(count(all))} were merged within ${time(p50)}, nine of ten within ${time(p90)}.`,
    note: 'Times are kept in steps of a fifth, so a percentile is right to about a tenth.',
    shape: 'lines',
    along: 'start',
    series: [
      { name: 'p50', label: 'Half', tone: 'blue' },
      { name: 'p90', label: 'Nine of ten', tone: 'violet' },
    ],
    columns: [
      stepColumn(facts),
      { name: 'merged', label: 'Merged', unit: 'count' },
      { name: 'p50', label: 'Half within', unit: 'seconds' },
      { name: 'p90', label: 'Nine of ten within', unit: 'seconds' },
    ],
    rows,
    empty: p50 === null,
  }
}
