'use client'

import { ChevronDown, Search } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { buttonClass } from '@/components/ui/button'
import { inputClass } from '@/components/ui/field'
import { Popover } from '@/components/ui/popover'
import { RunStatusChip } from '@/components/ui/status'
import { runStatusNames } from '@/lib/core/status'
import { visible } from '@/lib/core/visible'
import type { RunFacets } from '@/lib/services/runs/facets'
import { spans } from './filter-words'
import { MoreFilters } from './more-filters'
import type { Filters } from './use-filters'

interface FilterBarProps {
  readonly filters: Filters
  readonly facets: RunFacets
  /** What stands at the end of the bar. */
  readonly children: ReactNode
}

/** What a list of runs can be narrowed by; the rest of the filters is behind one more button. */
export function FilterBar({ filters, facets, children }: FilterBarProps) {
  const { values, set } = filters
  return (
    <search aria-label="Filters" className="mb-2 flex flex-wrap items-center gap-2">
      <TextFilter
        key={values.q ?? ''}
        value={values.q ?? ''}
        onChange={(q) => set({ q }, values.q ? 'replace' : 'push')}
      />
      <StatusFilter value={values.status ?? ''} onChange={(status) => set({ status })} />
      <Choice
        label="Repository"
        value={values.repository ?? ''}
        onChange={(repository) => set({ repository })}
      >
        {options(facets.repositories, values.repository)}
      </Choice>
      <Choice label="Time" value={values.since ?? ''} onChange={(since) => set({ since, until: null })}>
        {spans.map(([span, label]) => (
          <option key={span} value={span}>
            {label}
          </option>
        ))}
        {values.since && !spans.some(([span]) => span === values.since) && (
          <option value={values.since}>Since {values.since}</option>
        )}
      </Choice>
      <MoreFilters filters={filters} facets={facets} />
      <div className="flex items-center gap-2 lg:ml-auto">{children}</div>
    </search>
  )
}

/** The names there are, and the one that is chosen although it is not among them. */
export function options(names: readonly string[], chosen: string | undefined): ReactNode {
  const all = chosen && !names.includes(chosen) ? [chosen, ...names] : names
  return all.map((name) => (
    <option key={name} value={name}>
      {visible(name)}
    </option>
  ))
}

const pauseMs = 250

function TextFilter({
  value,
  onChange,
}: {
  readonly value: string
  readonly onChange: (text: string) => void
}) {
  const [text, setText] = useState(value)
  const change = useRef(onChange)
  change.current = onChange
  useEffect(() => {
    if (text === value) return
    const timer = setTimeout(() => change.current(text.trim()), pauseMs)
    return () => clearTimeout(timer)
  }, [text, value])
  return (
    <label className="relative w-full sm:w-64">
      <span className="sr-only">Words of the title, a branch or an issue</span>
      <Search aria-hidden className="absolute top-2 left-2.5 size-4 text-faint" />
      <input
        type="search"
        value={text}
        maxLength={200}
        placeholder="Words, a branch, an issue"
        onChange={(event) => setText(event.target.value)}
        className={`${inputClass} pl-8`}
      />
    </label>
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

interface ChoiceProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly children: ReactNode
}

function Choice({ label, value, onChange, children }: ChoiceProps) {
  return (
    <label className="min-w-0 flex-1 sm:w-40 sm:flex-none">
      <span className="sr-only">{label}</span>
      <select
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className={`${inputClass} pr-7`}
      >
        <option value="">{label}: any</option>
        {children}
      </select>
    </label>
  )
}
