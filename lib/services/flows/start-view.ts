import type { FlowStep } from '@/lib/core/flow'
import type { RepositoryView } from '../repositories/view'
import type { Estimate } from './estimate'

/** A flow as it can be chosen for a run. */
export interface FlowChoiceView {
  /** `auto`: what the configuration says. */
  readonly name: string
  readonly about: string
  readonly steps: readonly FlowStep[]
  /** Why it cannot run; null: it can. */
  readonly problem: string | null
  readonly needsTask: boolean
  readonly asksModel: boolean
}

/** What a run of a repository and flow comes to, for who is about to start it. */
export interface StartOptions {
  readonly repository: RepositoryView
  /** The base branch; null where it could not be read. */
  readonly branch: string | null
  readonly flows: readonly FlowChoiceView[]
  readonly flow: FlowChoiceView
  /** Gates that the chosen flow comes to, in words. */
  readonly gates: readonly { readonly id: string; readonly text: string }[]
  readonly merge: string
  readonly estimate: Estimate
  /** What one run may spend unless somebody says otherwise. */
  readonly budgetUsd: number
  /** What is left today (UTC) under the limits of a day; null: there is none. */
  readonly leftTodayMicros: number | null
  /** Of the agent that works most; null: none can be asked. */
  readonly model: string | null
  readonly modelProblem: string | null
  /** Why the repository's own configuration could not be read: then the defaults are shown. */
  readonly problem: string | null
}
