'use client'

import { clsx } from 'clsx'
import { CircleHelp, LogOut } from 'lucide-react'
import { usePathname, useRouter } from 'next/navigation'
import type { MouseEvent } from 'react'
import { Button } from '@/components/ui/button'
import { Sheet } from '@/components/ui/sheet'
import { visible } from '@/lib/core/visible'
import type { RepositoryChoice, SignOutAction } from './console-types'
import { isCurrent, navItems, repositoryHref } from './nav'
import type { Overlay } from './overlays'
import { ThemeSwitch } from './theme-switch'
import { TimesSwitch } from './times-switch'

interface MoreSheetProps {
  readonly open: boolean
  readonly onClose: () => void
  /** Closed because a page takes its place. */
  readonly onLeave: () => void
  readonly openOther: (what: Overlay) => void
  readonly repositories: readonly RepositoryChoice[]
  readonly who: string
  readonly signOut: SignOutAction
}

/** All that the rail has, on a phone. */
export function MoreSheet({ open, onClose, onLeave, openOther, repositories, who, signOut }: MoreSheetProps) {
  const path = usePathname()
  const router = useRouter()
  const go = (event: MouseEvent, href: string) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    onLeave()
    router.replace(href)
  }
  return (
    <Sheet open={open} onClose={onClose} title="All pages">
      <nav aria-label="All pages">
        <ul className="grid grid-cols-2 gap-1 py-2">
          {navItems.map((item) => {
            const current = isCurrent(path, item.href)
            return (
              <li key={item.href}>
                <a
                  href={item.href}
                  onClick={(event) => go(event, item.href)}
                  aria-current={current ? 'page' : undefined}
                  className={clsx(
                    'flex h-11 items-center gap-3 rounded-md px-3 text-base',
                    current ? 'bg-accent-tint font-medium text-accent' : 'hover:bg-raised',
                  )}
                >
                  <item.icon aria-hidden className="size-4.5 shrink-0" />
                  {item.label}
                </a>
              </li>
            )
          })}
        </ul>
      </nav>
      {repositories.length > 0 && (
        <section aria-label="Repository" className="border-t py-3">
          <h3 className="mb-1 px-3 text-xs text-muted">Show one repository</h3>
          <ul>
            {repositories.slice(0, 8).map(({ id, name }) => (
              <li key={id}>
                <a
                  href={repositoryHref(path, id)}
                  onClick={(event) => go(event, repositoryHref(path, id))}
                  className="flex h-10 items-center truncate rounded-md px-3 text-sm hover:bg-raised"
                >
                  {visible(name)}
                </a>
              </li>
            ))}
          </ul>
        </section>
      )}
      <div className="space-y-3 border-t pt-3">
        <div className="flex items-center justify-between gap-4 px-3 text-sm">
          <span>Theme</span>
          <ThemeSwitch />
        </div>
        <div className="flex items-center justify-between gap-4 px-3 text-sm">
          <span>Times</span>
          <TimesSwitch />
        </div>
        <div className="flex items-center justify-between gap-2 pl-3">
          <span className="min-w-0 truncate text-sm text-muted">{visible(who)}</span>
          <span className="flex gap-2">
            <Button look="quiet" onClick={() => openOther('help')}>
              <CircleHelp aria-hidden className="size-4" />
              Keys
            </Button>
            <form action={signOut}>
              <Button type="submit" look="quiet">
                <LogOut aria-hidden className="size-4" />
                Sign out
              </Button>
            </form>
          </span>
        </div>
      </div>
    </Sheet>
  )
}
