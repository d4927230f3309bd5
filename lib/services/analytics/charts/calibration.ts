import type { Facts, Sum } from '../facts'
import { ENDED, runsOf } from '../link'
import type { Chart, ChartRow } from '../view'
import { percent, ratio, round, runs } from '../words'

/** What became of a run, for whoever was sure of it. */
const outcomes = [
  { name: 'merged', label: 'Merged as it was' },
  { name: 'edited', label: 'Merged, edited by people' },
  { name: 'unmerged', label: 'Ended without a merge' },
  { name: 'rejected', label: 'Rejected' },
  { name: 'failed', label: 'Failed' },
  { name: 'stopped', label: 'Aborted or cancelled' },
] as const

/** The reviewer's word decides whether people are asked, so it is the one that is drawn. */
const DRAWN = 'reviewer'

interface Held extends Sum {
  readonly step: string
  readonly tenth: number
  readonly became: string
}

export function calibrationChart(facts: Facts): Chart {
  const held: Held[] = facts.totals('confidence').map((sum) => {
    const [step = '', tenth = '', became = ''] = sum.key.split('\t')
    return { ...sum, step, tenth: Number(tenth), became }
  })
  const groups = [...Map.groupBy(held, ({ step, tenth }) => `${step}\t${tenth}`).values()]
  const rows = groups
    .sort(([a], [b]) => order(a) - order(b) || (a?.step ?? '').localeCompare(b?.step ?? ''))
    .map((group) => toRow(facts, group))
  const ofReviewer = held.filter(({ step }) => step === DRAWN)
  const drawn = ofReviewer.length > 0
  return {
    id: 'calibration',
    question: 'When an agent says how sure it is, is it right?',
    answer: answer(ofReviewer),
    note:
      'Drawn: the reviewer’s confidence as the router saw it, against the share that was merged as it was. ' +
      'Edited: commits of people were taken over at a gate. Nothing records yet that a merged change was reverted later.',
    shape: 'calibration',
    along: 'said',
    series: [
      { name: 'came', label: 'Merged as it was', tone: 'green' },
      { name: 'mean', label: 'As sure as it said', tone: 'grey' },
    ],
    columns: [
      { name: 'agent', label: 'Agent', unit: 'text' },
      { name: 'said', label: 'Confidence', unit: 'text' },
      { name: 'runs', label: 'Runs', unit: 'count' },
      { name: 'mean', label: 'Said', unit: 'share' },
      { name: 'came', label: 'Came true', unit: 'share' },
      ...outcomes.map(({ name, label }) => ({ name, label, unit: 'count' as const })),
    ],
    rows,
    empty: !drawn,
  }
}

const order = (one: Held | undefined): number =>
  one === undefined ? 0 : (one.step === DRAWN ? 0 : 100) + one.tenth

function toRow(facts: Facts, group: readonly Held[]): ChartRow {
  const [{ step, tenth } = { step: '', tenth: 0 }] = group
  const n = sum(group, ({ n }) => n)
  const of = (name: string) => sum(group, ({ became, n }) => (became === name ? n : 0))
  return {
    cells: {
      agent: step,
      said: `${tenth * 10} to ${tenth * 10 + 10}%`,
      runs: n,
      mean: round(sum(group, ({ total }) => total) / n / 1_000, 4),
      came: ratio(of('merged'), n),
      ...Object.fromEntries(outcomes.map(({ name }) => [name, of(name)])),
    },
    links: { runs: runsOf(facts, { agent: step, status: ENDED }) },
  }
}

function answer(held: readonly Held[]): string {
  const n = sum(held, (one) => one.n)
  if (n === 0) return 'No run of this time has been reviewed.'
  const said = sum(held, (one) => one.total) / n / 1_000
  const came = sum(held, ({ became, n }) => (became === 'merged' ? n : 0)) / n
  const off = Math.round((said - came) * 100)
  const verdict =
    Math.abs(off) <= 5
      ? 'it is about as sure as it should be'
      : `it is ${Math.abs(off)} points too ${off > 0 ? 'sure' : 'careful'}`
  return `The reviewer was ${percent(said)} sure on average and ${percent(came)} of ${runs(n)} were merged as they were: ${verdict}.`
}

function sum(held: readonly Held[], value: (one: Held) => number): number {
  return held.reduce((all, one) => all + value(one), 0)
}
