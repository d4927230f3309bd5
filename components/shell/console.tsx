'use client'

import { CircleHelp, Plus, Search } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react'
import { Button } from '@/components/ui/button'
import { Kbd } from '@/components/ui/kbd'
import type { NewRunAction, SearchAction } from './console-types'
import { HelpDialog } from './help-dialog'
import { navItems } from './nav'
import { NewRunDialog } from './new-run-dialog'
import { Palette } from './palette'

type Opened = 'palette' | 'help' | 'new-run' | null

const OpenContext = createContext<(what: Opened) => void>(() => undefined)

interface ConsoleProviderProps {
  readonly children: ReactNode
  readonly search: SearchAction
  readonly startRun: NewRunAction
}

/** What can be opened from every page, and the keys for it. */
export function ConsoleProvider({ children, search, startRun }: ConsoleProviderProps) {
  const [opened, setOpened] = useState<Opened>(null)
  const close = useCallback(() => setOpened(null), [])
  const open = useCallback((what: Opened) => setOpened(what), [])
  useKeys(open)
  return (
    <OpenContext value={useMemo(() => open, [open])}>
      {children}
      <Palette open={opened === 'palette'} onClose={close} search={search} openOther={setOpened} />
      <HelpDialog open={opened === 'help'} onClose={close} />
      <NewRunDialog open={opened === 'new-run'} onClose={close} startRun={startRun} />
    </OpenContext>
  )
}

/** Whether a key was meant for a field or a dialog and not for the page. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target
  if (!(target instanceof HTMLElement)) return false
  return (
    target.isContentEditable ||
    target.closest('input, textarea, select, [role=dialog], [role=menu], [role=listbox]') !== null
  )
}

function useKeys(open: (what: Opened) => void): void {
  const router = useRouter()
  useEffect(() => {
    let goUntil = 0
    const onKey = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        open('palette')
        return
      }
      if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event)) return
      const going = Date.now() < goUntil
      goUntil = 0
      const page = going ? navItems.find((item) => item.key === event.key) : undefined
      if (page) router.push(page.href)
      else if (event.key === 'g') goUntil = Date.now() + 1_000
      else if (event.key === '?') open('help')
      else if (event.key === 'n') open('new-run')
      else if (event.key === '/') open('palette')
      else return
      event.preventDefault()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [open, router])
}

export function SearchButton() {
  const open = useContext(OpenContext)
  return (
    <button
      type="button"
      onClick={() => open('palette')}
      aria-label="Search and commands"
      className="flex h-8 items-center gap-2 rounded-md border bg-surface px-2 text-sm text-muted hover:text-ink lg:w-56"
    >
      <Search aria-hidden className="size-4 shrink-0" />
      <span className="hidden lg:inline">Search</span>
      <span className="ml-auto hidden lg:inline">
        <Kbd>⌘K</Kbd>
      </span>
    </button>
  )
}

export function HelpButton() {
  const open = useContext(OpenContext)
  return (
    <button
      type="button"
      onClick={() => open('help')}
      aria-label="Keys and help"
      className="hidden rounded-md p-2 text-muted hover:bg-raised hover:text-ink sm:block"
    >
      <CircleHelp aria-hidden className="size-4" />
    </button>
  )
}

export function NewRunButton({ look = 'primary' }: { readonly look?: 'primary' | 'plain' }) {
  const open = useContext(OpenContext)
  return (
    <Button look={look} onClick={() => open('new-run')} aria-label="New run">
      <Plus aria-hidden className="size-4" />
      <span className="hidden sm:inline">New run</span>
    </Button>
  )
}
