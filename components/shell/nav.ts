import {
  Activity,
  Bot,
  ChartSpline,
  FolderGit2,
  History,
  House,
  Lightbulb,
  type LucideIcon,
  ScrollText,
  Settings,
  ShieldQuestionMark,
  Workflow,
} from 'lucide-react'

export interface NavItem {
  readonly href: string
  readonly label: string
  readonly icon: LucideIcon
  /** The letter after `g` that goes there. */
  readonly key: string
}

/** The pages of the rail, in its order. */
export const navItems: readonly NavItem[] = [
  { href: '/', label: 'Home', icon: House, key: 'h' },
  { href: '/timeline', label: 'Timeline', icon: History, key: 't' },
  { href: '/gates', label: 'Gates', icon: ShieldQuestionMark, key: 'g' },
  { href: '/repositories', label: 'Repositories', icon: FolderGit2, key: 'r' },
  { href: '/workflows', label: 'Workflows', icon: Workflow, key: 'w' },
  { href: '/agents', label: 'Agents', icon: Bot, key: 'b' },
  { href: '/learnings', label: 'Learnings', icon: Lightbulb, key: 'l' },
  { href: '/analytics', label: 'Analytics', icon: ChartSpline, key: 'n' },
  { href: '/audit', label: 'Audit', icon: ScrollText, key: 'a' },
  { href: '/activity', label: 'Activity', icon: Activity, key: 'v' },
  { href: '/settings', label: 'Settings', icon: Settings, key: 's' },
]

/** What a phone's bar holds beside the menu with all of them. */
export const barItems: readonly NavItem[] = navItems.slice(0, 3)

/** Pages that show one repository's part of what they have when `?repository=` has its id. */
const byRepository = ['/timeline', '/gates', '/analytics', '/learnings', '/activity', '/workflows', '/agents']

/** Whether a path belongs to a page of the rail: runs belong to the timeline. */
export function isCurrent(path: string, href: string): boolean {
  if (href === '/') return path === '/'
  if (href === '/timeline' && path.startsWith('/runs/')) return true
  return path === href || path.startsWith(`${href}/`)
}

/** Where choosing a repository leads from a page; null is all of them. */
export function repositoryHref(path: string, repository: string | null): string {
  if (repository === null) return path.startsWith('/repositories/') ? '/repositories' : path
  return `${byRepository.includes(path) ? path : '/timeline'}?repository=${repository}`
}
