'use client'

import { ChevronDown } from 'lucide-react'
import type { ReactNode } from 'react'
import { buttonClass } from '@/components/ui/button'
import { Choice } from '@/components/ui/choice'
import { Popover } from '@/components/ui/popover'
import { RunStatusChip } from '@/components/ui/status'
import { TextFilter } from '@/components/ui/text-filter'
import type { Address } from '@/components/use-address'
import type { RunFilterTexts } from '@/lib/core/run-filters'
import { runStatusNames } from '@/lib/core/status'
import type { RunFacets } from '@/lib/services/runs/facets'
import { spans } from './filter-words'
import { MoreFilters } from './more-filters'

interface FilterBarProps {
  readonly filters: Address<RunFilterTexts>
  /** The words that the list is narrowed by. */
  readonly q: string
  readonly facets: RunFacets
  /** What stands at the end of the bar. */
  readonly children: ReactNode
}

const spanOptions = spans.map(([id, name]) => ({ id, name }))
const width = 'min-w-36 flex-1 sm:w-40 sm:flex-none'

/** What a list of runs can be narrowed by; the rest of the filters is behind one more button. */
export function FilterBar({ filters, q, facets, children }: FilterBarProps) {
  const { wanted: values, set } = filters
  const since = values.since ?? ''
  const known = since === '' || spanOptions.some(({ id }) => id === since)
  return (
    <search aria-label="Filters" className="mb-2 flex flex-wrap items-center gap-2">
      <TextFilter
        label="Words of the title, a branch or an issue"
        placeholder="Words, a branch, an issue"
        className="sm:w-64"
        value={q}
        onChange={(text) => set({ q: text }, values.q ? 'replace' : 'push')}
      />
      <StatusFilter value={values.status ?? ''} onChange={(status) => set({ status })} />
      <Choice
        label="Repository"
        value={values.repository ?? ''}
        options={facets.repositories}
        onChange={(repository) => set({ repository })}
        className={width}
      />
      <Choice
        label="Time"
        value={since}
        options={known ? spanOptions : [...spanOptions, { id: since, name: `Since ${since}` }]}
        onChange={(text) => set({ since: text, until: '' })}
        className={width}
      />
      <MoreFilters filters={filters} facets={facets} />
      <div className="flex items-center gap-2 lg:ml-auto">{children}</div>
    </search>
  )
}

function StatusFilter({
  value,
  onChange,
}: {
  readonly value: string
  readonly onChange: (text: string) => void
}) {
  const chosen = value === '' ? [] : value.split(',')
  const toggle = (name: string) =>
    onChange((chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name]).join(','))
  return (
    <Popover
      label="Statuses"
      trigger={
        <button type="button" className={buttonClass('plain', 'font-normal')}>
          Status{chosen.length > 0 && <span className="num text-accent">{chosen.length}</span>}
          <ChevronDown aria-hidden className="size-3.5 text-faint" />
        </button>
      }
    >
      <fieldset className="space-y-1">
        <legend className="sr-only">Statuses</legend>
        {runStatusNames.map((name) => (
          <label key={name} className="flex h-7 items-center gap-2.5 rounded px-1 hover:bg-raised">
            <input
              type="checkbox"
              checked={chosen.includes(name)}
              onChange={() => toggle(name)}
              className="size-4 accent-(--accent-fill)"
            />
            <RunStatusChip status={name} />
          </label>
        ))}
      </fieldset>
    </Popover>
  )
}
