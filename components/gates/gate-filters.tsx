'use client'

import { Choice, type Option } from '@/components/ui/choice'
import { TextFilter } from '@/components/ui/text-filter'
import { useAddress } from '@/components/use-address'
import type { GateQuery } from './gate-query'

type Values = Pick<GateQuery, 'q' | 'repository' | 'overdue'>

interface GateFiltersProps {
  readonly values: Values
  readonly repositories: readonly Option[]
}

/** Cursors of the three lists. */
const places = ['mine', 'others', 'closed']

/** The filters of the inbox. They are the address: what is seen can be sent to somebody. */
export function GateFilters({ values, repositories }: GateFiltersProps) {
  const { q, repository, overdue } = values
  const { wanted, pending, set } = useAddress({ q, repository, overdue: overdue ? '1' : '' }, places)
  return (
    <search aria-busy={pending} className="mb-5 flex flex-wrap items-center gap-2">
      <TextFilter
        label="Words of the title, a branch or an issue"
        placeholder="Words of the title, a branch or an issue"
        className="sm:w-72"
        value={q}
        onChange={(text) => set({ q: text }, wanted.q ? 'replace' : 'push')}
      />
      <Choice
        label="Repository"
        value={wanted.repository}
        options={repositories}
        onChange={(id) => set({ repository: id })}
        className="sm:w-56"
      />
      <label className="flex h-8 items-center gap-2 px-1 text-sm">
        <input
          type="checkbox"
          checked={wanted.overdue === '1'}
          onChange={(event) => set({ overdue: event.target.checked ? '1' : '' })}
          className="size-4 accent-(--accent-fill)"
        />
        Overdue only
      </label>
    </search>
  )
}
