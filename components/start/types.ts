import type { ActionResult } from '@/components/ui/action-result'
import type { ProviderName } from '@/lib/core/names'
import type { IssueView } from '@/lib/services/repositories/issue'

export type { StartOptions } from '@/lib/services/flows/start-view'

export interface ProviderView {
  readonly provider: ProviderName
  readonly ready: boolean
  readonly missing: string | null
}

export interface RecordingView {
  readonly path: string
  readonly name: string
}

export interface StartInput {
  readonly repository: string
  readonly flow: string
  readonly issue?: number
  readonly task?: string
  readonly title?: string
  readonly budgetUsd: number
  readonly provider?: ProviderName
  readonly model?: string
  readonly recording?: string
}

export type StartAction = (input: StartInput) => Promise<ActionResult<{ readonly id: string }>>
export type LookUpIssue = (input: { repository: string; issue: string }) => Promise<ActionResult<IssueView>>
