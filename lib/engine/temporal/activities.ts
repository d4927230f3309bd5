import { ApplicationFailure, activityInfo, CancelledFailure } from '@temporalio/activity'
import type { AppError } from '@/lib/core/app-error'
import type { Outcome } from '@/lib/core/outcome'
import { backoffMs } from '@/lib/core/retry'
import { dueInMs, RELEASE_MS, type StepRunner } from '../engine'
import { inTurn } from '../in-turn'
import type { Claim } from '../store'
import { type Activities, type FailureDetails, failures } from './contract'
import { doStep } from './step'
import type { TemporalStore } from './store'

export interface ActivityOptions {
  readonly store: TemporalStore
  readonly runStep: StepRunner
  readonly toError: (error: unknown) => AppError
  readonly random: () => number
  readonly onError: (message: string, error: unknown) => void
  /** A value without what looks like a secret: Temporal's history keeps what passes through it. */
  readonly redacted: <T>(value: T) => T
  /** Asks steps to stop at their next border, so that another worker goes on with them. */
  readonly stopping: AbortSignal
  /** How often a step says that it lives and looks whether it still has its run, in milliseconds. */
  readonly beatMs: number
  /** How long a stopped step's model call may still take, in milliseconds. */
  readonly graceMs: number
}

/** Between a step's attempts that failed; after a death there is nothing to wait for. */
const STEP_AGAIN = { baseMs: 1_000, capMs: 60_000, floorMs: 1_000 }

/** Runs whose attempt here ended because the database was away: no fault of their step. */
export type Blameless = Set<string>

/** What the workflow calls, over a store and this program's steps. */
export function createActivities(options: ActivityOptions): Activities {
  const { store, redacted } = options
  const told = <I, O>(work: (input: I) => Promise<O>): ((input: I) => Promise<O>) => {
    return (input) => work(input).catch((error: unknown) => Promise.reject(failureOf(options, error)))
  }
  const attempt = () => activityInfo().attempt
  const blameless: Blameless = new Set()
  const runStep = inTurn(options.runStep)
  return {
    load: told(async (held) => {
      const claim = await store.take(held, attempt())
      const { state } = await store.load(claim)
      return { token: claim.token, state: redacted(state) }
    }),
    step: (held) =>
      doStep({ ...options, runStep, blameless }, held).catch((error: unknown) => {
        const delayMs = backoffMs(attempt(), options.random(), STEP_AGAIN)
        return Promise.reject(failureOf(options, error, delayMs))
      }),
    settle: told(async ({ held, bead, outcome, next, replaced }) => {
      const claim = await store.take(held, attempt())
      const run = await store.load(claim)
      const kept = replaced ? null : await store.kept(bead.id, run)
      if (replaced) options.onError('a result could not be kept', outcome)
      const due = dueInMs(outcome, next, options.random())
      const record = { ...bead, resumed: true }
      const result = kept ? { ...kept, outcome } : { outcome }
      try {
        const settlement = { run, bead: record, result, next, dueInMs: due }
        return (await store.settleHolding(claim, settlement)) ? { ...held, token: claim.token } : null
      } catch (error) {
        throw unsettled(options, claim, error)
      }
    }),
    lapse: told(async ({ held, next }) => {
      const claim = await store.take(held, attempt())
      await store.lapse(claim, await store.load(claim), next)
    }),
    giveUp: told(async ({ held, next }) => {
      const claim = await store.take(held, attempt())
      await store.giveUp(claim, await store.load(claim), next)
    }),
    holds: told((held) => store.owns(held)),
    release: told(async (held) => {
      const again = { baseMs: RELEASE_MS, capMs: 600_000, floorMs: RELEASE_MS }
      await store.release(held, (failed) => backoffMs(failed, options.random(), again))
    }),
    look: told((runId) => store.look(runId)),
    claim: told((input) => store.claimRun(input)),
  }
}

/** What cannot be settled now never can, unless the database was away or somebody else has the run. */
function unsettled({ toError, redacted }: ActivityOptions, { token }: Claim, error: unknown): unknown {
  const known = toError(error)
  if (known.code === 'lease_lost' || known.transient) return known
  const outcome: Outcome = { kind: 'error', transient: false, code: known.code, message: known.message }
  const details: FailureDetails = { token, outcome: redacted(outcome) }
  return ApplicationFailure.nonRetryable('the result cannot be kept', failures.unsettled, details)
}

/**
 * An error as Temporal keeps it: its words redacted, without causes and this machine's traces.
 * @param delayMs until the next attempt; without it the activity's own policy says
 */
function failureOf({ toError, redacted }: ActivityOptions, error: unknown, delayMs?: number): unknown {
  if (error instanceof CancelledFailure) return error
  const failure = error instanceof ApplicationFailure ? error : asFailure(toError(error), redacted, delayMs)
  failure.stack = ''
  return failure
}

function asFailure(
  { code, message }: AppError,
  redacted: ActivityOptions['redacted'],
  delayMs: number | undefined,
): ApplicationFailure {
  if (code === 'lease_lost') return ApplicationFailure.nonRetryable(message, failures.lost)
  const next = delayMs === undefined ? {} : { nextRetryDelay: delayMs }
  return ApplicationFailure.create({ message: redacted(message), type: code, ...next })
}
