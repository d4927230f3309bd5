import type { ForkPlace } from './fork'
import type { TriggerName } from './names'
import type { Outcome } from './outcome'
import type { RunState } from './run'
import type { Actor, RunOverrides, TriggerTask } from './trigger'

/** A run as a step gets it. */
export interface RunRecord {
  readonly id: string
  readonly repository: {
    readonly id: string
    readonly name: string
    readonly forge: 'local' | 'github' | 'gitlab'
    readonly source: string
    readonly defaultBranch: string
  }
  readonly flow: string
  readonly trigger: TriggerName
  readonly title: string
  readonly task: TriggerTask
  readonly overrides: RunOverrides
  readonly requestedBy: Actor
  readonly state: RunState
  readonly budgetMicros: number
  readonly branch: string | null
  readonly baseSha: string | null
  readonly headSha: string | null
  /** Where it was forked from another run. */
  readonly forkedAt?: ForkPlace | null
}

export interface BeadRecord {
  readonly id: string
  readonly seq: number
  readonly step: string
  readonly attempt: number
  /** This bead was begun by a worker that is gone; its turns are there to go on from. */
  readonly resumed: boolean
  /** Times it was taken up, this one included, since it last came further or was handed back in order. */
  readonly begun?: number
}

/** What a step found out about its run, kept beside its outcome. */
export interface StepResult {
  readonly outcome: Outcome
  /** For pages: the plan, the review, counts. */
  readonly summary?: Readonly<Record<string, unknown>>
  readonly run?: {
    readonly branch?: string
    readonly baseSha?: string
    readonly headSha?: string
    readonly score?: number
    readonly merged?: boolean
    /** What the repository lets one run spend; it counts unless a person named a sum. */
    readonly perRunMicros?: number
    /** Runs of this repository that may be worked on at once; null: no cap. */
    readonly maxActive?: number | null
    /** The issue's own words, once the forge has told them. */
    readonly task?: TriggerTask
  }
}
