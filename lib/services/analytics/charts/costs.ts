import { type Facts, type Sum, TOP_REPOSITORIES } from '../facts'
import { ENDED, runsOf } from '../link'
import type { Chart, ChartRow, Column } from '../view'
import { dollars, percent, ratio, runs, usd } from '../words'
import { count, total } from './steps'

const MOST = 8

interface Breakdown {
  readonly id: Chart['id']
  readonly question: string
  readonly what: string
  /** How money is spent on one: `by an agent`. */
  readonly spent: string
  /** What belongs to none of the names. */
  readonly none: string
  readonly note: string | null
  readonly rows: readonly { readonly name: string; readonly sum: Sum; readonly links: ChartRow['links'] }[]
  readonly extra?: { readonly column: Column; value(sum: Sum): number | null }
}

/** Money by something, the dearest first. What is not shown by itself is one row, so that the sum is all that was spent. */
function costChart(facts: Facts, of: Breakdown): Chart {
  const ends = facts.series('end')
  const [all, ended] = [total(ends), count(ends)]
  const shown = of.rows.slice(0, MOST)
  const rest = all - shown.reduce((sum, row) => sum + row.sum.total, 0)
  const rows: ChartRow[] = shown.map(({ name, sum, links }) => ({
    cells: {
      name,
      cost: usd(sum.total),
      share: ratio(sum.total, all),
      runs: sum.n,
      each: sum.n === 0 ? null : usd(Math.round(sum.total / sum.n)),
      ...(of.extra ? { [of.extra.column.name]: of.extra.value(sum) } : {}),
    },
    links,
  }))
  if (rest !== 0) {
    const empty = of.extra ? { [of.extra.column.name]: null } : {}
    const cells = {
      name: of.none,
      cost: usd(rest),
      share: ratio(rest, all),
      runs: null,
      each: null,
      ...empty,
    }
    rows.push({ cells, links: {} })
  }
  const first = shown[0]
  return {
    id: of.id,
    question: of.question,
    answer:
      all === 0 || !first
        ? ended === 0
          ? 'No run that was asked for in this time has ended.'
          : `${runs(ended)} ended and cost ${dollars(all / 1e6)}; none of it was spent ${of.spent}.`
        : `${dollars(all / 1e6)} in ${runs(ended)}; ${percent(first.sum.total / all)} of it for ${first.name}.`,
    note: of.note,
    shape: 'bars',
    along: 'name',
    series: [{ name: 'cost', label: 'Cost', tone: 'accent' }],
    columns: [
      { name: 'name', label: of.what.charAt(0).toUpperCase() + of.what.slice(1), unit: 'text' },
      { name: 'cost', label: 'Cost', unit: 'usd' },
      { name: 'share', label: 'Of all', unit: 'share' },
      { name: 'runs', label: 'Runs', unit: 'count' },
      { name: 'each', label: 'Per run', unit: 'usd' },
      ...(of.extra ? [of.extra.column] : []),
    ],
    rows,
    empty: all === 0,
  }
}

const dearest = (sums: readonly Sum[]): Sum[] =>
  sums.filter(({ key }) => key !== '').sort((a, b) => b.total - a.total || a.key.localeCompare(b.key))

/** A row a name, which leads to the runs that it is in. */
function namedRows(facts: Facts, what: 'agent' | 'model'): Breakdown['rows'] {
  return dearest(facts.totals(`cost_${what}`)).map((sum) => ({
    name: sum.key,
    sum,
    links: { runs: runsOf(facts, { [what]: sum.key, status: ENDED }) },
  }))
}

export function agentCosts(facts: Facts): Chart {
  return costChart(facts, {
    id: 'cost-agent',
    question: 'Which agent costs what?',
    what: 'agent',
    spent: 'by an agent',
    none: 'Not in a step, or in logs sent in',
    note: null,
    rows: namedRows(facts, 'agent'),
  })
}

export function modelCosts(facts: Facts): Chart {
  return costChart(facts, {
    id: 'cost-model',
    question: 'Which model costs what?',
    what: 'model',
    spent: 'on a model',
    none: 'Without a recorded turn, or other models',
    note: null,
    rows: namedRows(facts, 'model'),
  })
}

export function repositoryCosts(facts: Facts): Chart {
  return costChart(facts, {
    id: 'cost-repository',
    question: 'Which repository costs what?',
    what: 'repository',
    spent: 'in a repository',
    none: 'All others',
    note: `The ${TOP_REPOSITORIES} that cost the most.`,
    rows: facts.repositories.map((sum) => ({
      name: sum.name,
      sum,
      links: { runs: runsOf(facts, { repository: sum.key, status: ENDED }) },
    })),
  })
}

export function promptCosts(facts: Facts): Chart {
  const won = new Map(facts.totals('prompt_success').map((sum) => [sum.key, sum]))
  return costChart(facts, {
    id: 'cost-prompt',
    question: 'Which version of a prompt costs what, and how do its runs end?',
    what: 'prompt',
    spent: 'on a prompt',
    none: 'Without a recorded turn, or other prompts',
    note: 'Success is of the whole run that the prompt had a part in. The number of runs leads to all of its agent.',
    rows: dearest(facts.totals('cost_prompt')).map((sum) => {
      const [prompt = '', version = ''] = sum.key.split('\t')
      const links = { runs: runsOf(facts, { agent: prompt, status: ENDED }) }
      return { name: `${prompt} ${version}`, sum, links }
    }),
    extra: {
      column: { name: 'success', label: 'Success', unit: 'share' },
      value: ({ key }) => {
        const sum = won.get(key)
        return sum ? ratio(sum.total, sum.n) : null
      },
    },
  })
}
