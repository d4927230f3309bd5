'use client'

import { clsx } from 'clsx'
import { Menu } from 'lucide-react'
import { usePathname } from 'next/navigation'
import { Link } from '@/components/ui/link'
import { useOpen } from './console'
import { barItems, isCurrent } from './nav'

const placeClass = 'relative flex flex-col items-center justify-center gap-0.5 text-xs'

/** The rail of a phone: three pages, and a menu with all of them. */
export function BottomBar({ gatesWaiting }: { readonly gatesWaiting: number }) {
  const path = usePathname()
  const open = useOpen()
  const elsewhere = !barItems.some(({ href }) => isCurrent(path, href))
  return (
    <nav
      aria-label="Main pages"
      className="fixed inset-x-0 bottom-0 z-30 grid h-(--bottom-bar) grid-cols-4 border-t bg-surface pb-[env(safe-area-inset-bottom)] md:hidden print:hidden"
    >
      {barItems.map((item) => {
        const current = isCurrent(path, item.href)
        return (
          <Link
            key={item.href}
            href={item.href}
            aria-current={current ? 'page' : undefined}
            className={clsx(placeClass, current ? 'font-medium text-accent' : 'text-muted')}
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
      <button
        type="button"
        onClick={() => open('menu')}
        aria-haspopup="dialog"
        className={clsx(placeClass, elsewhere ? 'font-medium text-accent' : 'text-muted')}
      >
        <Menu aria-hidden className="size-4.5" />
        More
      </button>
    </nav>
  )
}
