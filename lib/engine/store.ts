import type { Outcome } from '@/lib/core/outcome'
import type { RunState } from '@/lib/core/run'
import type { Actor, RunOverrides, TriggerName, TriggerTask } from '@/lib/core/trigger'

/** A run that this worker has for as long as its lease holds. `token` fences every write. */
export interface Claim {
  readonly jobId: string
  readonly runId: string
  readonly token: number
  readonly owner: string
}

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
}

export interface BeadRecord {
  readonly id: string
  readonly seq: number
  readonly step: string
  readonly attempt: number
  /** This bead was begun by a worker that is gone; its turns are there to go on from. */
  readonly resumed: boolean
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
  }
}

export interface Settlement {
  readonly run: RunRecord
  readonly bead: BeadRecord
  readonly result: StepResult
  readonly next: RunState
  /** How long until the run is looked at again; null: when somebody wakes it, or its gate lapses. */
  readonly dueInMs: number | null
}

/**
 * What the engine needs of a database. Every method that takes a claim throws AppError('lease_lost') and writes
 * nothing when the claim's lease is no longer held. Time is the database's own.
 */
export interface Store {
  /** The most urgent due run without a live lease, now leased to `owner`; null when nothing is due. */
  claim(input: { readonly owner: string; readonly leaseMs: number }): Promise<Claim | null>
  heartbeat(claim: Claim, leaseMs: number): Promise<void>
  /** Gives the run back unchanged, to be claimed again after so many milliseconds. */
  release(claim: Claim, inMs: number): Promise<void>
  load(claim: Claim): Promise<RunRecord>
  /** The running bead of this step, or a new one; a queued run becomes running. */
  openBead(claim: Claim, run: RunRecord): Promise<BeadRecord>
  /** Bead, state, next job, audit and event in one transaction. */
  settle(claim: Claim, settlement: Settlement): Promise<void>
  /** The open gate of a waiting run has lapsed: the state that follows, in one transaction. */
  lapse(claim: Claim, run: RunRecord, next: RunState): Promise<void>
  /** Milliseconds until the next job is due; null when none is. */
  nextDueInMs(): Promise<number | null>
}
