import { triggerLabel } from '@/components/format'
import type { RunFilterName, RunFilterTexts } from '@/lib/core/run-filters'
import { runStatuses, runStatusNames } from '@/lib/core/status'

export const filterLabels: Readonly<Record<RunFilterName, string>> = {
  q: 'Text',
  status: 'Status',
  trigger: 'From',
  repository: 'Repository',
  flow: 'Flow',
  agent: 'Agent',
  model: 'Model',
  author: 'Asked by',
  since: 'Since',
  until: 'Until',
  scoreFrom: 'Score from',
  scoreTo: 'Score to',
  costFrom: 'Cost from',
  costTo: 'Cost to',
  merged: 'Merged',
  dead: 'Given up',
}

/** Spans that people ask for. */
export const spans = [
  ['1h', 'Last hour'],
  ['24h', 'Last 24 hours'],
  ['7d', 'Last 7 days'],
  ['30d', 'Last 30 days'],
  ['90d', 'Last 90 days'],
] as const

export interface Chip {
  readonly name: RunFilterName
  /** Of several, the one that this chip stands for. */
  readonly part: string
  readonly label: string
  readonly value: string
}

export function statusWord(text: string): string {
  const status = runStatusNames.find((one) => one === text)
  return status ? runStatuses[status].label : text
}

/** The filters as chips, one for each status. */
export function chipsOf(filters: RunFilterTexts, names: ReadonlyMap<string, string>): Chip[] {
  return Object.entries(filters).flatMap(([key, text]) => {
    if (text === '') return []
    const name = key as RunFilterName
    const parts = name === 'status' ? text.split(',') : [text]
    return parts.map((part) => ({
      name,
      part,
      label: filterLabels[name],
      value: wordOf(name, part, names),
    }))
  })
}

function wordOf(name: RunFilterName, text: string, names: ReadonlyMap<string, string>): string {
  if (name === 'status') return statusWord(text)
  if (name === 'trigger') return triggerLabel(text)
  if (name === 'author' || name === 'repository') return names.get(text) ?? text
  if (name === 'dead' || name === 'merged') return text === 'true' ? 'yes' : 'no'
  if (name === 'costFrom' || name === 'costTo') return `$${text}`
  if (name === 'since') return spans.find(([span]) => span === text)?.[1].toLowerCase() ?? text
  return text
}
