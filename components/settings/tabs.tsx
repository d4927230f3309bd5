'use client'

import { clsx } from 'clsx'
import { usePathname } from 'next/navigation'
import { TopBar } from '@/components/shell/top-bar'
import { Link } from '@/components/ui/link'
import { ShowCurrent } from '@/components/ui/show-current'

const tabs = [
  { href: '/settings/profile', label: 'Profile', admin: false },
  { href: '/settings/sessions', label: 'My sessions', admin: false },
  { href: '/settings/keys', label: 'API keys', admin: false },
  { href: '/settings/members', label: 'Members', admin: true },
  { href: '/settings/models', label: 'Models', admin: false },
  { href: '/settings/sandbox', label: 'Sandbox', admin: false },
  { href: '/settings/integrations', label: 'Integrations', admin: false },
  { href: '/settings/webhooks', label: 'Webhooks', admin: true },
  { href: '/settings/system', label: 'System', admin: false },
  { href: '/settings/danger', label: 'Danger zone', admin: true },
] as const

/** Which part of the settings this is; below a part, one thing of it. */
export function SettingsBar() {
  const path = usePathname()
  const tab = tabs.find(({ href }) => path === href || path.startsWith(`${href}/`))
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
        {tabs
          .filter((tab) => admin || !tab.admin)
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
