import { History, House, type LucideIcon, ScrollText, ShieldQuestionMark } from 'lucide-react'

export interface NavItem {
  readonly href: string
  readonly label: string
  readonly icon: LucideIcon
  /** The letter after `g` that goes there. */
  readonly key: string
}

/** The pages that there are. */
export const navItems: readonly NavItem[] = [
  { href: '/', label: 'Home', icon: House, key: 'h' },
  { href: '/timeline', label: 'Timeline', icon: History, key: 't' },
  { href: '/gates', label: 'Gates', icon: ShieldQuestionMark, key: 'g' },
  { href: '/audit', label: 'Audit', icon: ScrollText, key: 'a' },
]

/** Whether a path belongs to a page of the rail: runs belong to the timeline. */
export function isCurrent(path: string, href: string): boolean {
  if (href === '/') return path === '/'
  if (href === '/timeline' && path.startsWith('/runs/')) return true
  return path === href || path.startsWith(`${href}/`)
}
