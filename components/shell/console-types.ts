import type { ActionResult } from '@/components/ui/action-result'

/** Something that the command palette can go to. */
export interface Found {
  readonly href: string
  readonly label: string
  readonly hint: string
  readonly kind: 'run' | 'gate' | 'repository'
}

export type SearchAction = (input: { q: string }) => Promise<ActionResult<readonly Found[]>>

export type SignOutAction = () => Promise<void>

/** A repository that can be chosen for what the pages show. */
export interface RepositoryChoice {
  readonly id: string
  readonly name: string
}

/** How well something that all work needs is, in words and a tone. */
export interface Health {
  readonly name: string
  readonly state: string
  readonly tone: 'tone-green' | 'tone-amber' | 'tone-red' | 'tone-grey'
}
