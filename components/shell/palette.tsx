'use client'

import { Command } from 'cmdk'
import {
  CircleHelp,
  Clock,
  FolderGit2,
  Hand,
  History,
  LogOut,
  type LucideIcon,
  Plus,
  Settings,
  SunMoon,
  Timer,
} from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTheme } from 'next-themes'
import { useState } from 'react'
import { settingsParts } from '@/components/settings/parts'
import { Dialog } from '@/components/ui/dialog'
import { Problem } from '@/components/ui/panel'
import { timeModes, useTimes } from '@/components/ui/times'
import { useAnswer } from '@/components/use-answer'
import { visible } from '@/lib/core/visible'
import type { Found, SearchAction, SignOutAction } from './console-types'
import { navItems } from './nav'
import type { Overlay } from './overlays'
import { visited } from './recent'
import { themes } from './theme-switch'

interface PaletteProps {
  readonly open: boolean
  readonly onClose: () => void
  /** Closed because something takes its place. */
  readonly onLeave: () => void
  readonly search: SearchAction
  readonly signOut: SignOutAction
  readonly openOther: (what: Overlay) => void
  readonly maySteer: boolean
  readonly isAdmin: boolean
}

interface Entry {
  readonly id: string
  readonly group: string
  readonly label: string
  readonly hint: string
  readonly icon: LucideIcon
  readonly run: () => void
}

const PAUSE_MS = 120

/** Go anywhere, do anything, by typing: pages, actions, repositories, gates and runs. */
export function Palette(props: PaletteProps) {
  return (
    <Dialog
      open={props.open}
      onClose={props.onClose}
      title="Search and commands"
      hideTitle
      className="mt-[10dvh]! mb-auto!"
    >
      <PaletteBody {...props} />
    </Dialog>
  )
}

const kinds: Readonly<Record<Found['kind'], { group: string; icon: LucideIcon }>> = {
  gate: { group: 'Gates', icon: Hand },
  run: { group: 'Runs', icon: History },
  repository: { group: 'Repositories', icon: FolderGit2 },
}

function PaletteBody(props: PaletteProps) {
  const { onLeave, search } = props
  const router = useRouter()
  const [query, setQuery] = useState('')
  const { result, asking } = useAnswer({ q: query }, search, PAUSE_MS)
  const found = result?.ok ? result.value : []
  const error = result?.ok === false ? result.error : null
  const go = (href: string) => {
    onLeave()
    // The palette has an entry of the history; the page takes its place.
    router.replace(href)
  }
  const actions = useActions(props, go)
  const words = query.trim().toLowerCase().split(/\s+/)
  const has = (entry: Entry) =>
    words.every((word) => `${entry.label} ${entry.group}`.toLowerCase().includes(word))
  const pages = navItems.map(
    (item): Entry => ({
      id: item.href,
      group: 'Pages',
      label: item.label,
      hint: `g ${item.key}`,
      icon: item.icon,
      run: () => go(item.href),
    }),
  )
  const parts = settingsParts
    .filter(({ admin }) => props.isAdmin || !admin)
    .map(
      ({ href, label }): Entry => ({
        id: href,
        group: 'Settings',
        label,
        hint: '',
        icon: Settings,
        run: () => go(href),
      }),
    )
  const [recent] = useState(visited)
  const lately = recent.map(
    ({ href, label }): Entry => ({
      id: href,
      group: 'Recent',
      label,
      hint: '',
      icon: Clock,
      run: () => go(href),
    }),
  )
  const answered = found.map(
    ({ href, label, hint, kind }): Entry => ({ id: href, label, hint, ...kinds[kind], run: () => go(href) }),
  )
  // What has the words in its name comes first, and is all there is until the answer: Enter must not open what an
  // earlier question found, nor something else than a moment ago.
  const named = answered.filter(has)
  const things = asking ? named : [...named, ...answered.filter((entry) => !has(entry))]
  const all =
    query.trim() === ''
      ? [...lately.slice(0, 5), ...pages, ...actions, ...things]
      : [...things, ...[...pages, ...parts, ...actions, ...lately].filter(has)]
  // A run that was visited and is found stands there once, at its first place.
  const entries = all.filter(({ id }, place) => all.findIndex((one) => one.id === id) === place)
  const groups = [...Map.groupBy(entries, ({ group }) => group)]
  return (
    <Command label="Search and commands" shouldFilter={false} loop>
      <Command.Input
        data-autofocus
        placeholder="A page, a run by its title, a gate, a repository, something to do"
        value={query}
        onValueChange={setQuery}
        className="w-full border-b bg-transparent px-4 py-3 text-md outline-none placeholder:text-faint"
      />
      {error && (
        <div className="px-3 pt-3">
          <Problem message={error.message} mend={error.mend} />
        </div>
      )}
      <Command.List label="Results" className="max-h-[min(26rem,60dvh)] overflow-y-auto p-1.5">
        {groups.map(([name, members]) => (
          <Command.Group
            key={name}
            heading={name}
            className="**:[[cmdk-group-heading]]:px-3 **:[[cmdk-group-heading]]:pt-2 **:[[cmdk-group-heading]]:pb-1 **:[[cmdk-group-heading]]:text-xs **:[[cmdk-group-heading]]:text-faint"
          >
            {members.map((entry) => (
              <Command.Item
                key={entry.id}
                value={entry.id}
                onSelect={entry.run}
                className="flex min-h-9 items-center gap-3 rounded-md px-3 py-1.5 text-sm data-[selected=true]:bg-accent-tint data-[selected=true]:text-accent"
              >
                <entry.icon aria-hidden className="size-4 shrink-0" />
                <span className="min-w-0 truncate">{visible(entry.label)}</span>
                <span className="ml-auto max-w-40 shrink-0 truncate text-xs text-muted">
                  {visible(entry.hint)}
                </span>
              </Command.Item>
            ))}
          </Command.Group>
        ))}
        {entries.length === 0 && !error && (
          <p className="px-3 py-6 text-center text-sm text-muted" role="status">
            {asking
              ? 'Looking…'
              : 'Nothing has these words. Runs are found by their title, repositories by their name.'}
          </p>
        )}
      </Command.List>
      <p aria-hidden className="hidden border-t px-4 py-2 text-xs text-faint sm:block">
        ↑ ↓ to choose, Enter to go, Esc to close
      </p>
    </Command>
  )
}

function useActions(
  { onClose, openOther, signOut, maySteer }: PaletteProps,
  go: (href: string) => void,
): readonly Entry[] {
  const { setTheme, theme } = useTheme()
  const { mode, setMode } = useTimes()
  const closing = (run: () => void) => () => {
    run()
    onClose()
  }
  const entry = (id: string, label: string, icon: LucideIcon, run: () => void, hint = ''): Entry => ({
    id,
    group: 'Actions',
    label,
    hint,
    icon,
    run,
  })
  const current = (is: boolean) => (is ? 'as now' : '')
  return [
    ...(maySteer
      ? [
          entry('new-run', 'Start a new run', Plus, () => go('/runs/new'), 'n'),
          entry('new-repository', 'Add a repository', FolderGit2, () => go('/repositories/new')),
        ]
      : []),
    entry('help', 'Keys and help', CircleHelp, () => openOther('help'), '?'),
    ...themes.map(({ name, label }) =>
      entry(
        `theme ${name}`,
        `Theme: ${label.toLowerCase()}`,
        SunMoon,
        closing(() => setTheme(name)),
        current(theme === name),
      ),
    ),
    ...timeModes.map(({ value, label }) =>
      entry(
        `times ${value}`,
        `Times: ${label.toLowerCase()}`,
        Timer,
        closing(() => setMode(value)),
        current(mode === value),
      ),
    ),
    entry('sign-out', 'Sign out', LogOut, () => void signOut()),
  ]
}
