'use client'

import { clsx } from 'clsx'
import { LogOut, PanelLeftClose, PanelLeftOpen } from 'lucide-react'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { useEffect, useState } from 'react'
import type { SignOutAction } from './console-types'
import { isCurrent, navItems } from './nav'
import { ThemeSwitch } from './theme-switch'

interface RailProps {
  readonly who: string
  readonly gatesWaiting: number
  readonly signOut: SignOutAction
}

const stored = 'devpilot_rail'

export function Rail({ who, gatesWaiting, signOut }: RailProps) {
  const path = usePathname()
  const [narrow, setNarrow] = useState(false)
  useEffect(() => setNarrow(localStorage.getItem(stored) === 'narrow'), [])
  const toggle = () => {
    localStorage.setItem(stored, narrow ? 'wide' : 'narrow')
    setNarrow(!narrow)
  }
  const Toggle = narrow ? PanelLeftOpen : PanelLeftClose
  return (
    <nav
      aria-label="Pages"
      className={clsx(
        'sticky top-0 hidden h-dvh shrink-0 flex-col border-r bg-surface px-2 py-3 md:flex',
        narrow ? 'w-14' : 'w-55',
      )}
    >
      <Link href="/" className="mb-4 flex h-8 items-center gap-2 px-2" aria-label="DevPilot, home">
        <Logo />
        {!narrow && <span className="text-md font-semibold tracking-tight">DevPilot</span>}
      </Link>
      <ul className="space-y-0.5">
        {navItems.map((item) => {
          const current = isCurrent(path, item.href)
          return (
            <li key={item.href}>
              <Link
                href={item.href}
                aria-current={current ? 'page' : undefined}
                title={narrow ? item.label : undefined}
                className={clsx(
                  'flex h-9 items-center gap-3 rounded-md px-2.5 text-sm',
                  current
                    ? 'bg-accent-tint font-medium text-accent'
                    : 'text-muted hover:bg-raised hover:text-ink',
                )}
              >
                <item.icon aria-hidden className="size-4 shrink-0" />
                <span className={clsx(narrow && 'sr-only')}>{item.label}</span>
                {item.href === '/gates' && gatesWaiting > 0 && (
                  <Waiting count={gatesWaiting} narrow={narrow} />
                )}
              </Link>
            </li>
          )
        })}
      </ul>
      <div className="mt-auto space-y-1">
        <ThemeSwitch narrow={narrow} />
        <div className={clsx('flex items-center gap-1', narrow && 'flex-col')}>
          {!narrow && (
            <span className="min-w-0 flex-1 truncate px-2.5 text-xs text-muted" title={`Signed in as ${who}`}>
              {who}
            </span>
          )}
          <form action={signOut}>
            <button
              type="submit"
              aria-label="Sign out"
              title="Sign out"
              className="rounded-md p-2 text-muted hover:bg-raised hover:text-ink"
            >
              <LogOut aria-hidden className="size-4" />
            </button>
          </form>
          <button
            type="button"
            onClick={toggle}
            aria-label={narrow ? 'Widen the rail' : 'Narrow the rail'}
            title={narrow ? 'Widen' : 'Narrow'}
            className="rounded-md p-2 text-muted hover:bg-raised hover:text-ink"
          >
            <Toggle aria-hidden className="size-4" />
          </button>
        </div>
      </div>
    </nav>
  )
}

function Waiting({ count, narrow }: { readonly count: number; readonly narrow: boolean }) {
  return (
    <span
      key={count}
      className={clsx(
        'tone-amber tint num flash ml-auto rounded-full px-1.5 text-xs',
        narrow && 'absolute ml-3 mb-4',
      )}
    >
      {count}
      <span className="sr-only"> waiting</span>
    </span>
  )
}

export function Logo() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden className="size-6 shrink-0">
      <rect width="32" height="32" rx="8" fill="var(--accent-fill)" />
      <path
        d="M9 8h6.5a8 8 0 0 1 0 16H9"
        fill="none"
        stroke="#fff"
        strokeWidth="3"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <circle cx="9.5" cy="16" r="2.5" fill="#fff" />
    </svg>
  )
}

/** The rail of a phone. */
export function BottomBar({ gatesWaiting }: { readonly gatesWaiting: number }) {
  const path = usePathname()
  return (
    <nav
      aria-label="Pages"
      className="fixed inset-x-0 bottom-0 z-30 grid h-14 grid-cols-4 border-t bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {navItems.map((item) => {
        const current = isCurrent(path, item.href)
        return (
          <Link
            key={item.href}
            href={item.href}
            aria-current={current ? 'page' : undefined}
            className={clsx(
              'relative flex flex-col items-center justify-center gap-0.5 text-xs',
              current ? 'font-medium text-accent' : 'text-muted',
            )}
          >
            <item.icon aria-hidden className="size-4.5" />
            {item.label}
            {item.href === '/gates' && gatesWaiting > 0 && (
              <span className="tone-amber num absolute top-1 left-1/2 ml-2 rounded-full border border-current bg-surface px-1 text-xs leading-4">
                {gatesWaiting}
                <span className="sr-only"> waiting</span>
              </span>
            )}
          </Link>
        )
      })}
    </nav>
  )
}
