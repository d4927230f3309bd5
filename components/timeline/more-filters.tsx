'use client'

import { ListFilter } from 'lucide-react'
import { type FormEvent, type ReactNode, useState } from 'react'
import { triggerLabel } from '@/components/format'
import { Button, buttonClass } from '@/components/ui/button'
import { Choice, type Option } from '@/components/ui/choice'
import { inputClass } from '@/components/ui/field'
import { Popover } from '@/components/ui/popover'
import type { Address } from '@/components/use-address'
import { triggerNames } from '@/lib/core/names'
import type { RunFilterName, RunFilterTexts } from '@/lib/core/run-filters'
import type { RunFacets } from '@/lib/services/runs/facets'
import { filterLabels } from './filter-words'

const names = [
  'trigger',
  'flow',
  'agent',
  'model',
  'author',
  'since',
  'until',
  'scoreFrom',
  'scoreTo',
  'costFrom',
  'costTo',
  'merged',
] as const satisfies readonly RunFilterName[]
type Name = (typeof names)[number]

/** The filters that are asked for more rarely, put to work together. */
export function MoreFilters({
  filters,
  facets,
}: {
  readonly filters: Address<RunFilterTexts>
  readonly facets: RunFacets
}) {
  const [open, setOpen] = useState(false)
  const { wanted: values, set } = filters
  // The span is told by the choice of a time beside it.
  const active = names.filter((name) => name !== 'since' && values[name]).length
  const apply = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    set(Object.fromEntries(names.map((name) => [name, String(form.get(name) ?? '').trim()])))
    setOpen(false)
  }
  const choice = (name: Name, options: readonly (Option | string)[]) => (
    <Named name={name}>
      <Choice name={name} value={values[name] ?? ''} options={options} />
    </Named>
  )
  const amount = (name: Name, max: number, step: string) => (
    <Named name={name}>
      <input
        type="number"
        name={name}
        defaultValue={values[name] ?? ''}
        min={0}
        max={max}
        step={step}
        className={inputClass}
      />
    </Named>
  )
  return (
    <Popover
      label="More filters"
      open={open}
      onOpenChange={setOpen}
      className="w-88"
      trigger={
        <button type="button" className={buttonClass('plain', 'font-normal')}>
          <ListFilter aria-hidden className="size-3.5 text-faint" />
          More{active > 0 && <span className="num text-accent">{active}</span>}
        </button>
      }
    >
      <form onSubmit={apply} className="grid grid-cols-2 gap-x-3 gap-y-2.5">
        {choice(
          'trigger',
          triggerNames.map((id) => ({ id, name: triggerLabel(id) })),
        )}
        {choice('flow', facets.flows)}
        {choice('agent', facets.agents)}
        {choice('model', facets.models)}
        {choice('author', facets.authors)}
        {choice('merged', [
          { id: 'true', name: 'Yes' },
          { id: 'false', name: 'No' },
        ])}
        {(['since', 'until'] as const).map((name) => (
          <Named key={name} name={name}>
            <input
              name={name}
              defaultValue={values[name] ?? ''}
              placeholder="2026-11-03 or 7d"
              className={inputClass}
            />
          </Named>
        ))}
        {amount('scoreFrom', 100, '1')}
        {amount('scoreTo', 100, '1')}
        {amount('costFrom', 1_000_000, 'any')}
        {amount('costTo', 1_000_000, 'any')}
        <p className="col-span-2 text-xs text-muted">Days are of UTC. Costs are in dollars.</p>
        <div className="col-span-2 flex justify-end">
          <Button type="submit" look="primary">
            Filter
          </Button>
        </div>
      </form>
    </Popover>
  )
}

function Named({ name, children }: { readonly name: Name; readonly children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children
    <label className="block text-xs text-muted">
      <span className="mb-1 block">{filterLabels[name]}</span>
      {children}
    </label>
  )
}
