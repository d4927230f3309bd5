'use client'

import { useRouter } from 'next/navigation'
import { useTransition } from 'react'
import { href } from '@/components/params'
import { Choice, type Option } from '@/components/ui/choice'
import { TextFilter } from '@/components/ui/text-filter'
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
      <TextFilter
        label="Words of the title"
        placeholder="Words of the title"
        className="sm:w-72"
        value={values.q}
        onChange={(q) => set({ q })}
      />
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
