import type { Facts } from '../facts'
import { runsOf } from '../link'
import type { Chart } from '../view'
import { percent, ratio, runs, usd } from '../words'
import { count } from './steps'

/** The most that are listed one by one. */
const MOST = 12

/** Codes of errors and outcomes that say too little as they are. */
const reasonWords: Readonly<Record<string, string>> = {
  cancelled: 'cancelled by a person',
  rejected: 'rejected by a person',
  timeout: 'nobody decided in time',
  abort: 'nothing that could be done',
  error: 'an error',
  needs_scope: 'files outside its task',
}

export function stopsChart(facts: Facts): Chart {
  const sums = [...facts.totals('stop')].sort((a, b) => b.n - a.n || a.key.localeCompare(b.key))
  const all = count(sums)
  const rows = sums.slice(0, MOST).map(({ key, n, total }) => {
    const [status = '', step = '', reason = ''] = key.split('\t')
    const said = reasonWords[reason] ?? reason.replaceAll('_', ' ')
    return {
      cells: {
        place: `${step}: ${said}`,
        status,
        step,
        reason: said,
        runs: n,
        share: ratio(n, all),
        cost: usd(total),
      },
      links: { runs: runsOf(facts, { status }) },
    }
  })
  const rest = sums.slice(MOST)
  const other = {
    place: 'Elsewhere',
    status: '',
    step: '',
    reason: '',
    runs: count(rest),
    share: ratio(count(rest), all),
    cost: usd(rest.reduce((a, b) => a + b.total, 0)),
  }
  const first = rows[0]?.cells
  return {
    id: 'stops',
    question: 'Where do runs stop?',
    answer:
      first === undefined
        ? 'No run of this time stopped before its end.'
        : `Most often at ${first.step}: ${first.reason} (${percent(first.share ?? 0)} of ${runs(all)} that stopped).`,
    note: 'The number leads to all runs that ended in that way; the timeline has no filter by step.',
    shape: 'bars',
    along: 'place',
    series: [{ name: 'runs', label: 'Runs', tone: 'red' }],
    columns: [
      { name: 'place', label: 'Step and reason', unit: 'text' },
      { name: 'status', label: 'Ended', unit: 'text' },
      { name: 'runs', label: 'Runs', unit: 'count' },
      { name: 'share', label: 'Of those that stopped', unit: 'share' },
      { name: 'cost', label: 'Cost', unit: 'usd' },
    ],
    rows: rest.length > 0 ? [...rows, { cells: other, links: {} }] : rows,
    empty: sums.length === 0,
  }
}
