'use client'

import { Choice, type Option } from '@/components/ui/choice'
import { inputClass } from '@/components/ui/field'
import { useSettled } from '@/components/ui/use-settled'
import { useAddress } from '@/components/use-address'
import type { AnalyticsInput } from '@/lib/services/analytics/input'

const ranges = [
  ['7d', '7 days'],
  ['30d', '30 days'],
  ['90d', '90 days'],
  ['365d', 'A year'],
] as const

interface AnalyticsFiltersProps {
  /** What the page shows; the URL may ask for nonsense beside it. */
  readonly shown: { readonly from: string; readonly to: string; readonly repository: string }
  readonly range: NonNullable<AnalyticsInput['range']> | null
  readonly repositories: readonly Option[]
}

/** Which runs are looked at. The filters are the URL: what is seen can be sent to somebody. */
export function AnalyticsFilters({ shown, range, repositories }: AnalyticsFiltersProps) {
  const { wanted, pending, set } = useAddress({ ...shown, range: range ?? '' })
  return (
    <search aria-busy={pending} className="mb-4 grid grid-cols-2 items-end gap-2 lg:flex">
      <fieldset className="col-span-2 flex h-8 overflow-hidden rounded-md border border-line-strong">
        <legend className="sr-only">Time</legend>
        {ranges.map(([name, label]) => (
          <button
            key={name}
            type="button"
            aria-pressed={wanted.range === name}
            onClick={() => set({ range: name, from: '', to: '' })}
            className="flex-1 px-3 text-sm whitespace-nowrap not-first:border-l hover:bg-raised aria-pressed:bg-accent-tint aria-pressed:font-medium aria-pressed:text-accent"
          >
            {label}
          </button>
        ))}
      </fieldset>
      <Day label="From" value={shown.from} onChange={(from) => set({ range: '', from, to: wanted.to })} />
      <Day label="To" value={shown.to} onChange={(to) => set({ range: '', from: wanted.from, to })} />
      <Choice
        label="Repository"
        value={wanted.repository}
        options={repositories}
        onChange={(id) => set({ repository: id })}
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
    <label className="col-span-2 flex min-w-0 items-center gap-2 text-sm whitespace-nowrap text-muted sm:col-span-1">
      <span className="w-9 shrink-0 sm:w-auto">{label}</span>
      <input
        type="date"
        value={text}
        onChange={(event) => setText(event.target.value)}
        className={inputClass}
      />
    </label>
  )
}
