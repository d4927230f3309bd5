import type { Facts } from '../facts'
import { ENDED, runsOf } from '../link'
import type { Chart } from '../view'
import { percent, ratio, runs } from '../words'
import { byStep, count, stepColumn, total } from './steps'

const statuses = [
  { name: 'succeeded', label: 'Succeeded' },
  { name: 'failed', label: 'Failed' },
  { name: 'rejected', label: 'Rejected' },
  { name: 'aborted', label: 'Aborted' },
  { name: 'cancelled', label: 'Cancelled' },
] as const

export function successChart(facts: Facts): Chart {
  const [sums, loops] = [facts.series('end'), facts.series('loops')]
  const straight = Map.groupBy(loops, ({ start }) => start)
  const rows = byStep(facts, sums).map(({ start, sums: here }) => {
    const tried = straight.get(start) ?? []
    return {
      cells: {
        start,
        ended: count(here),
        ...Object.fromEntries(statuses.map(({ name }) => [name, count(here, name)])),
        success: ratio(count(here, 'succeeded'), count(here)),
        first: ratio(total(tried, '0'), count(tried)),
      },
      links: {
        ended: runsOf(facts, { status: ENDED, start }),
        ...Object.fromEntries(statuses.map(({ name }) => [name, runsOf(facts, { status: name, start })])),
      },
    }
  })
  return {
    id: 'success',
    question: 'How often does a run succeed, and how often without being sent back?',
    answer: answer(count(sums), count(sums, 'succeeded'), ratio(total(loops, '0'), count(loops))),
    note: null,
    shape: 'lines',
    along: 'start',
    series: [
      { name: 'success', label: 'Succeeded', tone: 'green' },
      { name: 'first', label: 'At the first try', tone: 'blue' },
    ],
    columns: [
      stepColumn(facts),
      { name: 'ended', label: 'Ended', unit: 'count' },
      ...statuses.map(({ name, label }) => ({ name, label, unit: 'count' as const })),
      { name: 'success', label: 'Success', unit: 'share' },
      { name: 'first', label: 'At the first try', unit: 'share' },
    ],
    rows,
    empty: count(sums) === 0,
  }
}

/** @param first the share at the first try, of runs of the pipeline: of others nobody knows; null: there were none */
function answer(ended: number, won: number, first: number | null): string {
  if (ended === 0) return 'No run that was asked for in this time has ended.'
  const straight = first === null ? '' : `, ${percent(first)} without any work being sent back`
  return `${percent(won / ended)} of ${runs(ended)} succeeded${straight}.`
}
