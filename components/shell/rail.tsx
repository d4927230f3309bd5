'use client'

import { clsx } from 'clsx'
import { PanelLeftClose, PanelLeftOpen } from 'lucide-react'
import { usePathname } from 'next/navigation'
import { useState } from 'react'
import { Link } from '@/components/ui/link'
import { remember } from '@/components/ui/times'
import type { Health, RepositoryChoice, SignOutAction } from './console-types'
import { HealthDots } from './health'
import { Logo } from './logo'
import { isCurrent, type NavItem, navItems } from './nav'
import { RepositorySwitch } from './repository-switch'
import { WhoMenu } from './who-menu'

export { Logo } from './logo'

interface RailProps {
  readonly who: string
  readonly gatesWaiting: number
  readonly repositories: readonly RepositoryChoice[]
  readonly health: readonly Health[]
  /** As it was left, from this browser's cookie: the server draws it so. */
  readonly narrow: boolean
  readonly signOut: SignOutAction
}

export function Rail({ who, gatesWaiting, repositories, health, narrow: wasNarrow, signOut }: RailProps) {
  const [narrow, setNarrow] = useState(wasNarrow)
  const toggle = () => {
    remember('devpilot_rail', narrow ? 'wide' : 'narrow')
    setNarrow(!narrow)
  }
  const Toggle = narrow ? PanelLeftOpen : PanelLeftClose
  return (
    <nav
      aria-label="Pages"
      className={clsx(
        'sticky top-0 hidden h-dvh shrink-0 flex-col border-r bg-surface px-2 py-3 md:flex print:hidden',
        narrow ? 'w-14' : 'w-55',
      )}
    >
      <div className={clsx('mb-3 flex items-center', narrow && 'flex-col gap-1')}>
        <Link href="/" className="flex h-8 items-center gap-2 px-2" aria-label="DevPilot, home">
          <Logo />
          {!narrow && <span className="text-md font-semibold tracking-tight">DevPilot</span>}
        </Link>
        <button
          type="button"
          onClick={toggle}
          aria-label={narrow ? 'Widen the rail' : 'Narrow the rail'}
          title={narrow ? 'Widen' : 'Narrow'}
          className="ml-auto rounded-md p-2 text-muted hover:bg-raised hover:text-ink"
        >
          <Toggle aria-hidden className="size-4" />
        </button>
      </div>
      <ul className="min-h-0 flex-1 space-y-0.5 overflow-y-auto">
        {navItems.map((item) => (
          <li key={item.href}>
            <RailLink item={item} narrow={narrow} waiting={item.href === '/gates' ? gatesWaiting : 0} />
          </li>
        ))}
      </ul>
      <div className="space-y-1 pt-2">
        <RepositorySwitch repositories={repositories} narrow={narrow} />
        <HealthDots health={health} narrow={narrow} />
        <WhoMenu who={who} narrow={narrow} signOut={signOut} />
      </div>
    </nav>
  )
}

interface RailLinkProps {
  readonly item: NavItem
  readonly narrow: boolean
  readonly waiting: number
}

function RailLink({ item, narrow, waiting }: RailLinkProps) {
  const current = isCurrent(usePathname(), item.href)
  return (
    <Link
      href={item.href}
      aria-current={current ? 'page' : undefined}
      title={narrow ? item.label : undefined}
      className={clsx(
        'relative flex h-8 items-center gap-3 rounded-md px-2.5 text-sm',
        current ? 'bg-accent-tint font-medium text-accent' : 'text-muted hover:bg-raised hover:text-ink',
      )}
    >
      <item.icon aria-hidden className="size-4 shrink-0" />
      <span className={clsx(narrow && 'sr-only')}>{item.label}</span>
      {waiting > 0 && (
        <span
          key={waiting}
          className={clsx(
            'tone-amber num flash rounded-full text-xs',
            narrow
              ? 'absolute -top-0.5 right-0 border border-current bg-surface px-1 leading-4'
              : 'tint ml-auto px-1.5',
          )}
        >
          {waiting}
          <span className="sr-only"> waiting</span>
        </span>
      )}
    </Link>
  )
}
