'use client'

import { Search } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useEffect, useRef, useState, useTransition } from 'react'
import { href } from '@/components/params'
import { Choice, type Option } from '@/components/ui/choice'
import { inputClass } from '@/components/ui/field'
import type { GateQuery } from './gate-query'

type Values = Pick<GateQuery, 'q' | 'repository' | 'overdue'>

interface GateFiltersProps {
  readonly values: Values
  readonly repositories: readonly Option[]
}

/** The filters of the inbox. They are the address: what is seen can be sent to somebody. */
export function GateFilters({ values, repositories }: GateFiltersProps) {
  const router = useRouter()
  const [, start] = useTransition()
  const set = (change: Partial<Values>) => {
    const next = { ...values, ...change }
    const path = href('/gates', {
      q: next.q,
      repository: next.repository,
      overdue: next.overdue ? '1' : null,
    })
    start(() => router.replace(path, { scroll: false }))
  }
  return (
    <search className="mb-5 flex flex-wrap items-center gap-2">
      <Words value={values.q} onChange={(q) => set({ q })} />
      <Choice
        label="Repository"
        value={values.repository}
        options={repositories}
        onChange={(repository) => set({ repository })}
        className="sm:w-56"
      />
      <label className="flex h-8 items-center gap-2 px-1 text-sm">
        <input
          type="checkbox"
          checked={values.overdue}
          onChange={(event) => set({ overdue: event.target.checked })}
          className="size-4 accent-(--accent-fill)"
        />
        Overdue only
      </label>
    </search>
  )
}

/** The address follows a moment after the last key. */
function Words({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }) {
  const [text, setText] = useState(value)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  return (
    <label className="relative w-full sm:w-72">
      <span className="sr-only">Words of the title</span>
      <Search aria-hidden className="absolute top-2 left-2.5 size-4 text-faint" />
      <input
        type="search"
        value={text}
        maxLength={200}
        placeholder="Words of the title"
        onChange={(event) => {
          const next = event.target.value
          setText(next)
          clearTimeout(timer.current)
          timer.current = setTimeout(() => onChange(next), 250)
        }}
        className={`${inputClass} pl-8`}
      />
    </label>
  )
}
