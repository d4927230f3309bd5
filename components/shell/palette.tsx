'use client'

import { clsx } from 'clsx'
import { CircleHelp, Hand, type LucideIcon, Plus, Workflow } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { type KeyboardEvent, useEffect, useId, useState } from 'react'
import { settle } from '@/components/ui/action-result'
import { Dialog } from '@/components/ui/dialog'
import { visible } from '@/lib/core/visible'
import type { Found, SearchAction } from './console-types'
import { navItems } from './nav'

interface PaletteProps {
  readonly open: boolean
  readonly onClose: () => void
  readonly search: SearchAction
  readonly openOther: (what: 'help' | 'new-run') => void
}

interface Entry {
  readonly id: string
  readonly label: string
  readonly hint: string
  readonly icon: LucideIcon
  readonly run: () => void
}

/** Go anywhere, do anything, by typing: a combobox over pages, commands, runs and gates. */
export function Palette(props: PaletteProps) {
  return (
    <Dialog
      open={props.open}
      onClose={props.onClose}
      title="Search and commands"
      hideTitle
      className="mt-[12dvh]!"
    >
      <PaletteBody {...props} />
    </Dialog>
  )
}

function PaletteBody({ onClose, search, openOther }: PaletteProps) {
  const [query, setQuery] = useState('')
  const [active, setActive] = useState(0)
  const found = useSearch(query, search)
  const entries = useEntries(query, found, onClose, openOther)
  const listId = useId()
  const at = Math.min(active, entries.length - 1)
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setActive(Math.min(at + 1, entries.length - 1))
    else if (event.key === 'ArrowUp') setActive(Math.max(at - 1, 0))
    else if (event.key === 'Enter') entries[at]?.run()
    else return
    event.preventDefault()
  }
  return (
    <>
      <input
        data-autofocus
        role="combobox"
        aria-label="Search and commands"
        aria-expanded
        aria-controls={listId}
        aria-activedescendant={entries[at] ? `${listId}-${at}` : undefined}
        placeholder="Go to a page, a run by its title, a gate"
        value={query}
        onChange={(event) => {
          setQuery(event.target.value)
          setActive(0)
        }}
        onKeyDown={onKeyDown}
        className="w-full border-b bg-transparent px-4 py-3 text-md outline-none placeholder:text-faint"
      />
      <div id={listId} role="listbox" aria-label="Results" className="max-h-96 overflow-y-auto p-1.5">
        {entries.map((entry, index) => (
          <div
            key={entry.id}
            id={`${listId}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            onPointerMove={() => setActive(index)}
            onClick={entry.run}
            onKeyDown={onKeyDown}
            className={clsx(
              'flex items-center gap-3 rounded-md px-3 py-2 text-sm',
              index === at && 'bg-accent-tint text-accent',
            )}
          >
            <entry.icon aria-hidden className="size-4 shrink-0" />
            <span className="min-w-0 truncate">{visible(entry.label)}</span>
            <span className="ml-auto shrink-0 text-xs text-faint">{visible(entry.hint)}</span>
          </div>
        ))}
        {entries.length === 0 && (
          <p className="px-3 py-6 text-center text-sm text-muted">Nothing has that in its title.</p>
        )}
      </div>
    </>
  )
}

/** Runs and gates whose title has the words, asked for once the typing pauses; the last question wins. */
function useSearch(query: string, search: SearchAction): readonly Found[] {
  const [found, setFound] = useState<readonly Found[]>([])
  useEffect(() => {
    let stale = false
    const timer = setTimeout(async () => {
      const result = await settle(() => search({ q: query }))
      if (!stale && result.ok) setFound(result.value)
    }, 120)
    return () => {
      stale = true
      clearTimeout(timer)
    }
  }, [query, search])
  return found
}

function useEntries(
  query: string,
  found: readonly Found[],
  onClose: () => void,
  openOther: PaletteProps['openOther'],
): readonly Entry[] {
  const router = useRouter()
  const go = (href: string) => () => {
    onClose()
    router.push(href)
  }
  const fixed: readonly Entry[] = [
    ...navItems.map((item) => ({
      id: item.href,
      label: item.label,
      hint: `g ${item.key}`,
      icon: item.icon,
      run: go(item.href),
    })),
    { id: 'new-run', label: 'Start a new run', hint: 'n', icon: Plus, run: () => openOther('new-run') },
    { id: 'help', label: 'Keys and help', hint: '?', icon: CircleHelp, run: () => openOther('help') },
  ]
  const wanted = query.trim().toLowerCase()
  return [
    ...fixed.filter((entry) => entry.label.toLowerCase().includes(wanted)),
    ...found.map((item) => ({
      id: item.href,
      label: item.label,
      hint: item.hint,
      icon: item.kind === 'gate' ? Hand : Workflow,
      run: go(item.href),
    })),
  ]
}
