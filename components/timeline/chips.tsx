'use client'

import { X } from 'lucide-react'
import type { Address } from '@/components/use-address'
import type { RunFilterTexts } from '@/lib/core/run-filters'
import { visible } from '@/lib/core/visible'
import { chipsOf, filterLabels } from './filter-words'

/** Every filter, also those whose words in the address say nothing. */
const noFilters = Object.fromEntries(Object.keys(filterLabels).map((name) => [name, '']))

interface ChipsProps {
  readonly filters: Address<RunFilterTexts>
  /** Of repositories and people, by their ids. */
  readonly names: ReadonlyMap<string, string>
}

/** What the list is narrowed by, each to be taken away. */
export function Chips({ filters, names }: ChipsProps) {
  const { wanted: values, set } = filters
  const chips = chipsOf(values, names)
  if (chips.length === 0) return null
  const without = (name: keyof typeof values, part: string) =>
    name === 'status'
      ? (values.status ?? '')
          .split(',')
          .filter((one) => one !== part)
          .join(',')
      : ''
  return (
    <ul aria-label="Filters in force" className="mb-3 flex flex-wrap items-center gap-1.5">
      {chips.map(({ name, part, label, value }) => (
        <li
          key={`${name}:${part}`}
          className="flex h-6 max-w-full items-center gap-1 rounded-full bg-accent-tint pr-1 pl-2.5 text-xs"
        >
          <span className="shrink-0 text-muted">{label}</span>
          <span className="truncate font-medium">{visible(value)}</span>
          <button
            type="button"
            aria-label={`Take away: ${label} ${value}`}
            onClick={() => set({ [name]: without(name, part) })}
            className="rounded-full p-1 text-muted hover:bg-raised hover:text-ink"
          >
            <X aria-hidden className="size-3" />
          </button>
        </li>
      ))}
      <li>
        <button
          type="button"
          onClick={() => set(noFilters)}
          className="px-1.5 text-xs text-accent hover:underline"
        >
          Clear filters
        </button>
      </li>
    </ul>
  )
}
