import type { Facts } from '../facts'
import type { Chart } from '../view'
import { percent, ratio, round, runs } from '../words'
import { count, total } from './steps'

const groups = [
  { key: 'told', label: 'Told of learnings' },
  { key: 'not', label: 'Not told of any' },
] as const

export function learningsChart(facts: Facts): Chart {
  const [won, scores, loops] = (['learning_success', 'learning_score', 'learning_loops'] as const).map(
    (metric) => facts.totals(metric),
  )
  const rows = groups.map(({ key, label }) => ({
    cells: {
      group: label,
      runs: count(won ?? [], key),
      success: ratio(total(won ?? [], key), count(won ?? [], key)),
      score: mean(total(scores ?? [], key), count(scores ?? [], key)),
      loops: mean(total(loops ?? [], key), count(loops ?? [], key)),
    },
    links: {},
  }))
  const [told, not] = rows.map(({ cells }) => cells)
  const lift = told?.success == null || not?.success == null ? null : (told.success - not.success) * 100
  return {
    id: 'learnings',
    question: 'Do learnings help?',
    answer:
      lift !== null
        ? `${percent(told?.success ?? 0)} of ${runs(told?.runs ?? 0)} that were told of learnings succeeded, ${percent(not?.success ?? 0)} of ${runs(not?.runs ?? 0)} that were not: ${by(lift)}.`
        : (told?.runs ?? 0) === 0
          ? 'No run of this time was told of a learning, so there is nothing to compare yet.'
          : 'Every run of this time was told of learnings, so there is nothing to compare them with.',
    note:
      'A finished run proposes learnings; once a person approves one, runs of its repository are told of it, and this chart ' +
      'compares them with those that were not. It is a comparison, not a proof: repositories with learnings may differ.',
    shape: 'bars',
    along: 'group',
    series: [{ name: 'success', label: 'Success', tone: 'green' }],
    columns: [
      { name: 'group', label: 'Runs that were', unit: 'text' },
      { name: 'runs', label: 'Runs', unit: 'count' },
      { name: 'success', label: 'Success', unit: 'share' },
      { name: 'score', label: 'Score', unit: 'score' },
      { name: 'loops', label: 'Times sent back, a run', unit: 'score' },
    ],
    rows,
    empty: lift === null,
  }
}

function by(points: number): string {
  const whole = Math.round(points)
  if (whole === 0) return 'no difference'
  return `${Math.abs(whole)} points ${whole > 0 ? 'more' : 'fewer'}`
}

const mean = (sum: number, n: number): number | null => (n === 0 ? null : round(sum / n, 2))
