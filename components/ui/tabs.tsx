'use client'

import { clsx } from 'clsx'
import { Tabs as Radix } from 'radix-ui'
import type { ReactNode } from 'react'

interface Tab {
  readonly value: string
  readonly label: ReactNode
  readonly content: ReactNode
}

interface TabsProps {
  readonly label: string
  readonly tabs: readonly Tab[]
  /** Where it is kept by the caller, in the URL as a rule. */
  readonly value?: string
  readonly onChange?: (value: string) => void
  readonly className?: string
}

/** Parts of a page of which one is seen. Arrow keys move between them. Where each is a page of its own, use links. */
export function Tabs({ label, tabs, value, onChange, className }: TabsProps) {
  const kept = value === undefined ? { defaultValue: tabs[0]?.value ?? '' } : { value }
  return (
    <Radix.Root {...kept} {...(onChange ? { onValueChange: onChange } : {})} className={className}>
      <Radix.List aria-label={label} className="flex gap-1 overflow-x-auto border-b">
        {tabs.map((tab) => (
          <Radix.Trigger key={tab.value} value={tab.value} className={tabClass}>
            {tab.label}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map((tab) => (
        <Radix.Content key={tab.value} value={tab.value} className="pt-4">
          {tab.content}
        </Radix.Content>
      ))}
    </Radix.Root>
  )
}

/** A tab's own look, for links that stand in such a row: `data-state="active"` or `aria-current` marks the one. */
export const tabClass = clsx(
  '-mb-px flex h-9 items-center gap-1.5 border-b-2 border-transparent px-3 text-sm whitespace-nowrap text-muted hover:text-ink',
  'data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-ink',
  'aria-[current]:border-accent aria-[current]:font-medium aria-[current]:text-ink',
)
