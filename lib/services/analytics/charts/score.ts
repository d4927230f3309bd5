import type { Facts } from '../facts'
import { runsOf } from '../link'
import type { Chart, Series } from '../view'
import { change, round, runs } from '../words'
import { byStep, count, ends, stepColumn, total } from './steps'

const parts = [
  { name: 'code_quality', label: 'Code quality', tone: 'blue' },
  { name: 'test_coverage', label: 'Test coverage', tone: 'green' },
  { name: 'maintainability', label: 'Maintainability', tone: 'violet' },
  { name: 'readability', label: 'Readability', tone: 'orange' },
] as const satisfies readonly Series[]

export function scoreChart(facts: Facts): Chart {
  const sums = facts.series('score')
  const rows = byStep(facts, sums).map(({ start, sums: here }) => {
    const mean = (name: string) =>
      count(here, name) === 0 ? null : round(total(here, name) / count(here, name), 1)
    const cells = {
      start,
      scored: count(here, 'score'),
      score: mean('score'),
      ...Object.fromEntries(parts.map(({ name }) => [name, mean(name)])),
    }
    return { cells, links: { scored: runsOf(facts, { start }) } }
  })
  return {
    id: 'score',
    question: 'How good are the changes?',
    answer: answer(
      facts,
      ends(rows, ({ cells }) => cells.score),
    ),
    note: 'The evolution score is 0.30 code quality, 0.25 test coverage, 0.25 maintainability and 0.20 readability, each 0 to 100.',
    shape: 'lines',
    along: 'start',
    series: parts,
    columns: [
      stepColumn(facts),
      { name: 'scored', label: 'Scored runs', unit: 'count' },
      { name: 'score', label: 'Score', unit: 'score' },
      ...parts.map(({ name, label }) => ({ name, label, unit: 'score' as const })),
    ],
    rows,
    empty: count(sums, 'score') === 0,
  }
}

function answer(facts: Facts, trend: [number, number] | null): string {
  const sums = facts.series('score')
  const scored = count(sums, 'score')
  if (scored === 0) return 'No run that ended in this time has a score; the step evaluate gives one.'
  const means = parts
    .map(({ name, label }) => ({ label, mean: total(sums, name) / count(sums, name) }))
    .filter(({ mean }) => Number.isFinite(mean))
    .sort((a, b) => a.mean - b.mean)
  const whole = Math.round(total(sums, 'score') / scored)
  const weakest = means[0]
    ? `; ${means[0].label.toLowerCase()} is the weakest part (${Math.round(means[0].mean)})`
    : ''
  const since = trend ? `, ${change(...trend)} since the beginning of the period` : ''
  return `${whole} of 100 over ${runs(scored)}${since}${weakest}.`
}
