'use client'

import { clsx } from 'clsx'
import { ChevronsUpDown, CircleHelp, LogOut, Settings } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTheme } from 'next-themes'
import { Menu, MenuChoice, MenuItem, MenuLine } from '@/components/ui/menu'
import { timeModes, useTimes } from '@/components/ui/times'
import { visible } from '@/lib/core/visible'
import { useOpen } from './console'
import type { SignOutAction } from './console-types'
import { themes } from './theme-switch'

interface WhoMenuProps {
  readonly who: string
  readonly narrow: boolean
  readonly signOut: SignOutAction
}

const themeOptions = themes.map(({ name, label }) => ({ value: name, label }))

/** Who is signed in, and what this browser shows things like. */
export function WhoMenu({ who, narrow, signOut }: WhoMenuProps) {
  const router = useRouter()
  const open = useOpen()
  const { theme, setTheme } = useTheme()
  const { mode, setMode } = useTimes()
  const chosen = themes.find(({ name }) => name === theme)?.name ?? 'system'
  const letter = [...visible(who).trim()][0]?.toUpperCase() ?? '?'
  return (
    <Menu
      side={narrow ? 'right' : 'top'}
      align={narrow ? 'end' : 'start'}
      trigger={
        <button
          type="button"
          className={clsx(
            'flex h-9 w-full items-center gap-2.5 rounded-md px-1.5 text-sm text-muted hover:bg-raised hover:text-ink data-[state=open]:bg-raised',
            narrow && 'justify-center',
          )}
        >
          <span
            aria-hidden
            className="flex size-6 shrink-0 items-center justify-center rounded-full bg-accent-tint text-xs font-semibold text-accent"
          >
            {letter}
          </span>
          {narrow ? (
            <span className="sr-only">Signed in as {visible(who)}: theme, times, sign out</span>
          ) : (
            <>
              <span className="sr-only">Signed in as </span>
              <span className="min-w-0 flex-1 truncate text-left">{visible(who)}</span>
              <span className="sr-only">: theme, times, sign out</span>
              <ChevronsUpDown aria-hidden className="size-3.5 shrink-0 text-faint" />
            </>
          )}
        </button>
      }
    >
      <MenuChoice label="Theme" value={chosen} options={themeOptions} onChange={setTheme} />
      <MenuLine />
      <MenuChoice label="Times" value={mode} options={timeModes} onChange={setMode} />
      <MenuLine />
      <MenuItem icon={Settings} onSelect={() => router.push('/settings')}>
        Settings
      </MenuItem>
      <MenuItem icon={CircleHelp} hint="?" onSelect={() => open('help')}>
        Keys and help
      </MenuItem>
      <MenuItem icon={LogOut} onSelect={() => void signOut()}>
        Sign out
      </MenuItem>
    </Menu>
  )
}
