import type { BeadRecord, RunRecord, StepResult } from '@/lib/core/record'
import type { Claim, Settlement, Store } from '../store'
import type { Held, Look } from './contract'

/** What the driver under Temporal needs of a database beyond the engine's own store. */
export interface TemporalStore extends Store {
  /** Temporal has the claim durably: its lease ends no more by itself. */
  confirm(claim: Claim): Promise<void>
  /** Gives a claim back that Temporal did not take; counts as no failure of the run. */
  giveBack(claim: Claim, inMs: number): Promise<void>
  /**
   * Takes the lease for one attempt of an activity, by a token that no earlier attempt has.
   * @throws AppError('lease_lost') when a person, a later attempt or another claim has the run
   */
  take(held: Held, attempt: number): Promise<Claim>
  /** Whether a claim's owner still has the run, whichever attempt of it does. */
  owns(held: Pick<Held, 'jobId' | 'owner'>): Promise<boolean>
  /** Whether this very attempt has the run. */
  holds(claim: Claim): Promise<boolean>
  /**
   * Keeps a step's whole result in its bead until it is settled. It counts for this place of the run alone: a bead
   * that is tried again is done again.
   * @throws AppError('lease_lost')
   */
  keep(claim: Claim, bead: BeadRecord, run: RunRecord, result: StepResult): Promise<void>
  /** What `keep` kept at this place of the run; null when there is nothing. */
  kept(beadId: string, run: RunRecord): Promise<StepResult | null>
  /**
   * As `settle`, with the lease kept where the run goes on at once. Done again after it was done, it changes nothing.
   * @returns whether it is kept
   */
  settleHolding(claim: Claim, settlement: Settlement): Promise<boolean>
  /** The step stopped at a border: it may be begun again any number of times. @throws AppError('lease_lost') */
  rest(claim: Claim): Promise<void>
  /** Gives a run back that its owner still has, counted in `failures`. False when it has it no more. */
  release(held: Pick<Held, 'jobId' | 'owner'>, inMs: (failures: number) => number): Promise<boolean>
  /** Puts a run back whose workflow is gone, at once; no failure of the run's. Audited. False when it has it no more. */
  reopen(held: Held, why: string): Promise<boolean>
  look(runId: string): Promise<Look>
  /** See `Activities.claim`. */
  claimRun(input: { readonly runId: string; readonly orphan: number | null }): Promise<Held | null>
  /** Runs that Temporal has for good, in the order of their jobs. */
  leased(page: { readonly limit: number; readonly after: string | null }): Promise<readonly Held[]>
}
