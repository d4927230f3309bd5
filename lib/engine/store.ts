import type { BeadRecord, RunRecord, StepResult } from '@/lib/core/record'
import type { RunState } from '@/lib/core/run'

/** A run that this worker has for as long as its lease holds. `token` fences every write. */
export interface Claim {
  readonly jobId: string
  readonly runId: string
  readonly token: number
  readonly owner: string
  /** Times in a row that no worker could begin or keep its step. */
  readonly failures: number
}

/** A step that was begun. */
export interface Work {
  readonly run: RunRecord
  readonly bead: BeadRecord
}

export interface Taken {
  readonly claim: Claim
  /** As it is; null where it could not be read with its claim. */
  readonly run: RunRecord | null
  /** Whether there is other work that a worker could take up now. */
  readonly more: boolean
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
  /**
   * A ready run, now leased to `owner`; null when nothing is ready or every place is taken. Repositories take turns.
   * @param leaseMs null: for as long as the owner holds it; somebody else sees to it that the owner lives
   */
  claim(input: { readonly owner: string; readonly leaseMs: number | null }): Promise<Claim | null>
  /** As `claim`, with the run; else how long until there is something to claim. */
  takeUp(input: {
    readonly owner: string
    readonly leaseMs: number
  }): Promise<Taken | { readonly nextDueInMs: number | null }>
  heartbeat(claim: Claim, leaseMs: number): Promise<void>
  /**
   * Gives back, for so many milliseconds, a run whose step could not be begun or kept; counts it in `failures`.
   * @param blameless the step had no part in it, and may be begun again any number of times
   */
  putOff(claim: Claim, inMs: number, blameless?: boolean): Promise<void>
  /**
   * Gives the run back at once: the step stopped at a border.
   * @param blameless it may be begun again any number of times (the default); else only while it comes further
   */
  handBack(claim: Claim, blameless?: boolean): Promise<void>
  /** Ends a run whose step cannot even be begun or kept; `next` is the failed state. */
  giveUp(claim: Claim, run: RunRecord, next: RunState): Promise<void>
  load(claim: Claim): Promise<RunRecord>
  /** The running bead of this step, or a new one; a queued run becomes running. */
  openBead(claim: Claim, run: RunRecord): Promise<BeadRecord>
  /**
   * Bead, state, next job, audit and event in one transaction.
   * @param keep the worker would go on with the run, which it has had for so long: it may while its turn lasts or
   *   nobody else waits for a worker
   * @returns the next step, begun, when it goes on; null: the lease is given back
   */
  settle(claim: Claim, settlement: Settlement, keep?: { readonly heldMs: number }): Promise<Work | null>
  /** The open gate of a waiting run has lapsed: the state that follows, in one transaction. */
  lapse(claim: Claim, run: RunRecord, next: RunState): Promise<void>
  /** Milliseconds until a job becomes ready, by its time or its worker's silence; null when none will. */
  nextDueInMs(): Promise<number | null>
}
