import type { ActionResult } from '@/components/ui/action-result'

/** Something that the command palette can go to. */
export interface Found {
  readonly href: string
  readonly label: string
  readonly hint: string
  readonly kind: 'run' | 'gate'
}

export type SearchAction = (input: { q: string }) => Promise<ActionResult<readonly Found[]>>

interface NewRunInput {
  readonly repository: string
  readonly task: string
  readonly flow: string
  readonly budgetDollars: number
}
export type NewRunAction = (input: NewRunInput) => Promise<ActionResult<{ readonly id: string }>>

export type SignOutAction = () => Promise<void>
