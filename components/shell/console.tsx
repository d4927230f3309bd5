'use client'

import { CircleHelp, Plus, Search } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { createContext, type ReactNode, useContext, useEffect } from 'react'
import { buttonClass } from '@/components/ui/button'
import { Kbd } from '@/components/ui/kbd'
import { Link } from '@/components/ui/link'
import { Toaster } from '@/components/ui/toast'
import type { RepositoryChoice, SearchAction, SignOutAction } from './console-types'
import { HelpDialog } from './help-dialog'
import { moveInList } from './list-keys'
import { MoreSheet } from './more-sheet'
import { navItems } from './nav'
import { type Overlay, useOverlay } from './overlays'
import { Palette } from './palette'
import { useVisited } from './recent'
import type { Shortcut } from './shortcuts'
import { useMac } from './use-mac'
import { useShortcutKeys, useShortcuts } from './use-shortcuts'

const OpenContext = createContext<(what: Overlay) => void>(() => undefined)
const ReaderContext = createContext<Reader>({
  user: '',
  maySteer: false,
  isAdmin: false,
  program: 'devpilot',
})

/** Who looks. */
export interface Reader {
  /** Their id. */
  readonly user: string
  /** They may start runs and steer them: to others nothing is offered that is refused. */
  readonly maySteer: boolean
  readonly isAdmin: boolean
  /** What a command of DevPilot begins with in their terminal, for this very installation. */
  readonly program: string
}

interface ConsoleProviderProps {
  readonly children: ReactNode
  readonly search: SearchAction
  readonly signOut: SignOutAction
  readonly repositories: readonly RepositoryChoice[]
  readonly who: string
  readonly reader: Reader
}

/** What can be opened from every page, and the keys for it. */
export function ConsoleProvider(props: ConsoleProviderProps) {
  const { children, search, signOut, repositories, who, reader } = props
  const { maySteer } = reader
  const { opened, open, close, leave } = useOverlay()
  useKeys(open, maySteer)
  useVisited()
  return (
    <OpenContext value={open}>
      <ReaderContext value={reader}>
        {children}
        <Palette
          open={opened === 'palette'}
          onClose={close}
          onLeave={leave}
          search={search}
          signOut={signOut}
          openOther={open}
          maySteer={maySteer}
          isAdmin={reader.isAdmin}
        />
        <HelpDialog open={opened === 'help'} onClose={close} />
      </ReaderContext>
      <MoreSheet
        open={opened === 'menu'}
        onClose={close}
        onLeave={leave}
        openOther={open}
        repositories={repositories}
        who={who}
        signOut={signOut}
      />
      <Toaster />
    </OpenContext>
  )
}

export function useOpen(): (what: Overlay) => void {
  return useContext(OpenContext)
}

export function useReader(): Reader {
  return useContext(ReaderContext)
}

function useKeys(open: (what: Overlay) => void, maySteer: boolean): void {
  const router = useRouter()
  const newRun: Shortcut = {
    keys: ['n'],
    label: 'New run',
    group: 'Everywhere',
    run: () => router.push('/runs/new'),
  }
  useShortcutKeys()
  useShortcuts(
    [
      ...navItems.map(
        ({ key, label, href }): Shortcut => ({
          keys: ['g', key],
          label: `Go to ${label}`,
          group: 'Go',
          run: () => router.push(href),
        }),
      ),
      ...(maySteer ? [newRun] : []),
      { keys: ['/'], label: 'Search and commands', group: 'Everywhere', run: () => open('palette') },
      { keys: ['?'], label: 'This help', group: 'Everywhere', run: () => open('help') },
      { keys: ['j'], label: 'Next row', group: 'Lists', run: () => moveInList(1), repeats: true },
      { keys: ['k'], label: 'Row before', group: 'Lists', run: () => moveInList(-1), repeats: true },
      { keys: ['Enter'], label: 'Open the row', group: 'Lists' },
      { keys: ['A'], label: 'At a gate: approve, with a confirmation', group: 'Gates' },
      { keys: ['R'], label: 'At a gate: reject, with a confirmation', group: 'Gates' },
    ],
    true,
  )
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.metaKey || event.ctrlKey) || event.altKey || event.key.toLowerCase() !== 'k') return
      event.preventDefault()
      open('palette')
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [open])
}

export function SearchButton() {
  const open = useOpen()
  return (
    <button
      type="button"
      onClick={() => open('palette')}
      className="flex h-8 min-w-8 items-center justify-center gap-2 rounded-md border bg-surface px-2 text-sm text-muted hover:text-ink lg:w-56 lg:justify-start"
    >
      <Search aria-hidden className="size-4 shrink-0" />
      <span className="sr-only lg:not-sr-only">Search</span>
      <span className="sr-only"> and commands</span>
      <span aria-hidden className="ml-auto hidden lg:inline">
        <Kbd>{useMac() ? '⌘K' : 'Ctrl K'}</Kbd>
      </span>
    </button>
  )
}

export function HelpButton() {
  const open = useOpen()
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
  if (!useReader().maySteer) return null
  return (
    <Link href="/runs/new" aria-label="New run" className={buttonClass(look)}>
      <Plus aria-hidden className="size-4" />
      <span className="hidden sm:inline">New run</span>
    </Link>
  )
}
