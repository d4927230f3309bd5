'use client'

import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs'
import { NuqsAdapter } from 'nuqs/adapters/next/app'
import { useTransition } from 'react'
import { Choice, type Option } from '@/components/ui/choice'
import { inputClass } from '@/components/ui/field'
import { useSettled } from '@/components/ui/use-settled'
import type { AnalyticsInput } from '@/lib/services/analytics/input'

const ranges = [
  ['7d', '7 days'],
  ['30d', '30 days'],
  ['90d', '90 days'],
  ['365d', 'A year'],
] as const
const names = ranges.map(([name]) => name)

interface AnalyticsFiltersProps {
  /** What the page shows; the URL may ask for nonsense beside it. */
  readonly shown: { readonly from: string; readonly to: string; readonly repository: string }
  readonly range: NonNullable<AnalyticsInput['range']> | null
  readonly repositories: readonly Option[]
}

/** Which runs are looked at. The filters are the URL: what is seen can be sent to somebody. */
export function AnalyticsFilters(props: AnalyticsFiltersProps) {
  return (
    <NuqsAdapter>
      <Filters {...props} />
    </NuqsAdapter>
  )
}

function Filters({ shown, range, repositories }: AnalyticsFiltersProps) {
  const [pending, startTransition] = useTransition()
  const [, set] = useQueryStates(
    {
      range: parseAsStringLiteral(names),
      from: parseAsString,
      to: parseAsString,
      repository: parseAsString,
    },
    { shallow: false, history: 'push', scroll: false, startTransition },
  )
  return (
    <search aria-busy={pending} className="mb-4 grid grid-cols-2 items-end gap-2 lg:flex">
      <fieldset className="col-span-2 flex h-8 overflow-hidden rounded-md border border-line-strong">
        <legend className="sr-only">Time</legend>
        {ranges.map(([name, label]) => (
          <button
            key={name}
            type="button"
            aria-pressed={range === name}
            onClick={() => set({ range: name, from: null, to: null })}
            className="flex-1 px-3 text-sm whitespace-nowrap not-first:border-l hover:bg-raised aria-pressed:bg-accent-tint aria-pressed:font-medium aria-pressed:text-accent"
          >
            {label}
          </button>
        ))}
      </fieldset>
      <Day label="From" value={shown.from} onChange={(from) => set({ range: null, from, to: shown.to })} />
      <Day label="To" value={shown.to} onChange={(to) => set({ range: null, from: shown.from, to })} />
      <Choice
        label="Repository"
        value={shown.repository}
        options={repositories}
        onChange={(repository) => set({ repository: repository || null })}
        className="col-span-2 lg:w-56"
      />
    </search>
  )
}

interface DayProps {
  readonly label: string
  readonly value: string
  readonly onChange: (day: string) => void
}

/** A day is asked for once it is whole and the keys rest: while somebody types, the browser gives an empty one. */
function Day({ label, value, onChange }: DayProps) {
  const [text, setText] = useSettled(value, (day) => day && onChange(day), 600)
  return (
    <label className="flex items-center gap-2 text-sm whitespace-nowrap text-muted">
      {label}
      <input
        type="date"
        value={text}
        onChange={(event) => setText(event.target.value)}
        className={inputClass}
      />
    </label>
  )
}
