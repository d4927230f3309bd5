'use client'

import { Search } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTransition } from 'react'
import { triggerLabel } from '@/components/format'
import { GIVEN_UP } from '@/components/params'
import { inputClass } from '@/components/ui/field'
import { runStatuses, runStatusNames } from '@/lib/core/status'
import { triggerNames } from '@/lib/core/trigger'

export interface RunFilterValues {
  readonly q: string
  readonly status: string
  readonly trigger: string
  readonly repository: string
}

interface RunFiltersProps {
  readonly values: RunFilterValues
  readonly repositories: readonly { readonly id: string; readonly name: string }[]
}

/** The filters of the timeline. They are the URL: what is seen can be sent to somebody. */
export function RunFilters({ values, repositories }: RunFiltersProps) {
  const router = useRouter()
  const [, start] = useTransition()
  const set = (name: keyof RunFilterValues, value: string) => {
    const next = new URLSearchParams()
    for (const [key, held] of Object.entries({ ...values, [name]: value })) if (held) next.set(key, held)
    start(() => router.replace(next.size > 0 ? `/timeline?${next}` : '/timeline', { scroll: false }))
  }
  return (
    <search className="mb-4 grid grid-cols-2 gap-2 lg:flex">
      <label className="relative col-span-2 lg:w-72">
        <span className="sr-only">Title</span>
        <Search aria-hidden className="absolute top-2 left-2.5 size-4 text-faint" />
        <input
          type="search"
          defaultValue={values.q}
          placeholder="Words of the title"
          onChange={(event) => set('q', event.target.value)}
          className={`${inputClass} pl-8`}
        />
      </label>
      <Choice label="Status" value={values.status} onChange={(value) => set('status', value)}>
        {runStatusNames.map((status) => (
          <option key={status} value={status}>
            {runStatuses[status].label}
          </option>
        ))}
        <option value={GIVEN_UP}>Given up</option>
      </Choice>
      <Choice label="From" value={values.trigger} onChange={(value) => set('trigger', value)}>
        {triggerNames.map((trigger) => (
          <option key={trigger} value={trigger}>
            {triggerLabel(trigger)}
          </option>
        ))}
      </Choice>
      <Choice label="Repository" value={values.repository} onChange={(value) => set('repository', value)}>
        {repositories.map((repository) => (
          <option key={repository.id} value={repository.id}>
            {repository.name}
          </option>
        ))}
      </Choice>
    </search>
  )
}

interface ChoiceProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly children: React.ReactNode
}

function Choice({ label, value, onChange, children }: ChoiceProps) {
  return (
    <label className="last:col-span-2 lg:w-44">
      <span className="sr-only">{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value)} className={inputClass}>
        <option value="">{label}: any</option>
        {children}
      </select>
    </label>
  )
}
