import type { Facts } from '../facts'
import type { Chart } from '../view'
import { percent, ratio, runs } from '../words'
import { count } from './steps'

const reasons: Readonly<Record<string, string>> = {
  review: 'The reviewer asked for changes',
  tests: 'Tests failed',
  coverage: 'Coverage was too low',
  scope: 'The plan named too few files',
  stuck: 'An agent got stuck or ran out of tries',
  changed: 'The change moved under its approval',
  retry: 'A person tried again',
}

export function reworkChart(facts: Facts): Chart {
  const sums = [...facts.totals('loop')].sort((a, b) => b.n - a.n || a.key.localeCompare(b.key))
  const loops = facts.series('loops')
  const all = count(loops)
  const looped = all - count(loops, '0')
  const rows = sums.map(({ key, n, total }) => ({
    cells: { reason: reasons[key] ?? key, runs: n, share: ratio(n, all), times: total },
    links: {},
  }))
  const first = sums[0]
  return {
    id: 'rework',
    question: 'What sends work back?',
    answer:
      all === 0
        ? 'No run of the pipeline that was asked for in this time has ended.'
        : first
          ? `${percent(looped / all)} of ${runs(all)} ${all === 1 ? 'was' : 'were'} sent back at least once, most often because of this: ${lower(reasons[first.key] ?? first.key)} (${runs(first.n)}).`
          : `Nothing was sent back in ${runs(all)}.`,
    note: 'A run that was sent back for two reasons counts at both.',
    shape: 'bars',
    along: 'reason',
    series: [{ name: 'runs', label: 'Runs', tone: 'amber' }],
    columns: [
      { name: 'reason', label: 'Reason', unit: 'text' },
      { name: 'runs', label: 'Runs', unit: 'count' },
      { name: 'share', label: 'Of all', unit: 'share' },
      { name: 'times', label: 'Times', unit: 'count' },
    ],
    rows,
    empty: sums.length === 0,
  }
}

const lower = (text: string) => text.charAt(0).toLowerCase() + text.slice(1)
