'use client'

import { clsx } from 'clsx'
import { usePathname } from 'next/navigation'
import { TopBar } from '@/components/shell/top-bar'
import { Link } from '@/components/ui/link'
import { ShowCurrent } from '@/components/ui/show-current'
import { settingsParts } from './parts'

/** Which part of the settings this is; below a part, one thing of it. */
export function SettingsBar() {
  const path = usePathname()
  const tab = settingsParts.find(({ href }) => path === href || path.startsWith(`${href}/`))
  return (
    <TopBar
      crumbs={[
        { label: 'Settings', href: '/settings' },
        ...(tab ? [{ label: tab.label, href: tab.href }] : []),
        ...(tab && path !== tab.href ? [{ label: 'Delivery' }] : []),
      ]}
    />
  )
}

/** The parts of the settings, each with its URL; those for admins alone are not offered to others. */
export function SettingsTabs({ admin }: { readonly admin: boolean }) {
  const path = usePathname()
  const isHere = (href: string) => path === href || path.startsWith(`${href}/`)
  return (
    <nav aria-label="Settings">
      <ul className="-mx-1 flex gap-1 overflow-x-auto px-1 pb-1 lg:sticky lg:top-17 lg:flex-col lg:overflow-visible">
        {settingsParts
          .filter((part) => admin || !part.admin)
          .map(({ href, label }) => (
            <li key={href}>
              <Link
                href={href}
                aria-current={isHere(href) ? 'page' : undefined}
                className={clsx(
                  'block rounded-md px-2.5 py-1.5 text-sm whitespace-nowrap',
                  isHere(href)
                    ? 'bg-raised font-medium text-ink'
                    : 'text-muted hover:bg-raised hover:text-ink',
                )}
              >
                {label}
              </Link>
            </li>
          ))}
      </ul>
      <ShowCurrent current={path} />
    </nav>
  )
}
