import { ApplicationFailure, activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity'
import { AppError } from '@/lib/core/app-error'
import type { Outcome } from '@/lib/core/outcome'
import type { BeadRecord, RunRecord, StepResult } from '@/lib/core/record'
import { isLeaseLost } from '../beat'
import { errorOutcome, poisoned } from '../engine'
import { afterwards, type Signals } from '../signals'
import type { Claim } from '../store'
import type { ActivityOptions, Blameless } from './activities'
import { type Did, type FailureDetails, failures, type Held } from './contract'

/** Temporal refuses what is larger than 2 MB; an outcome has no business to come near it. */
const MAX_OUTCOME = 1_000_000

/** Between two tries to keep a result while the database is away, in milliseconds. */
const KEEP_AGAIN_MS = 1_000

interface Work {
  readonly claim: Claim
  readonly run: RunRecord
  readonly bead: BeadRecord
}

/**
 * One attempt of a step. It takes the lease anew, so that an attempt of a worker that only slept can write nothing,
 * and keeps the result before Temporal hears of it.
 */
export async function doStep(
  { blameless, ...options }: ActivityOptions & { readonly blameless: Blameless },
  held: Held,
): Promise<Did> {
  const { store } = options
  const claim = await store.take(held, activityInfo().attempt)
  if (blameless.delete(held.runId)) await store.rest(claim)
  const watch = watchOver(options, claim)
  try {
    const work = await begin(options, claim)
    const { token } = claim
    const { id, seq, step, attempt } = work.bead
    const before = await store.kept(id, work.run)
    const result = before ?? (await run(options, work, watch))
    return { token, bead: { id, seq, step, attempt }, outcome: options.redacted(result.outcome) }
  } catch (error) {
    if (options.toError(error).code === 'unavailable') blameless.add(held.runId)
    throw error
  } finally {
    watch.end()
  }
}

/** The run and its bead. What fails here each time ends the run after as many times as its limits allow. */
async function begin({ store, toError, onError, redacted }: ActivityOptions, claim: Claim): Promise<Work> {
  let maxAttempts: number | null = null
  try {
    const run = await store.load(claim)
    maxAttempts = run.state.limits.maxAttempts
    return { claim, run, bead: await store.openBead(claim, run) }
  } catch (error) {
    const known = toError(error)
    if (known.code === 'lease_lost' || known.transient) throw known
    onError('a step could not be begun', error)
    if (maxAttempts === null || activityInfo().attempt < maxAttempts) throw known
    const outcome: Outcome = { ...errorOutcome(known), transient: false, gaveUp: true }
    const details: FailureDetails = { token: claim.token, outcome: redacted(outcome) }
    throw ApplicationFailure.nonRetryable('the step cannot be begun', failures.unbegun, details)
  }
}

async function run(options: ActivityOptions, work: Work, watch: Watch): Promise<StepResult> {
  let result: StepResult
  try {
    const { signal, hangUp, cut } = watch
    const over = poisoned(work.run, work.bead)
    result = over ? { outcome: over } : withinLimits(await options.runStep({ ...work, signal, hangUp, cut }))
  } catch (error) {
    const known = options.toError(error)
    // A database that went away is no failure of the step: the run waits for it.
    if (isLeaseLost(known) || known.code === 'unavailable') throw known
    if (watch.signal.aborted) throw await stopped(options, work.claim, watch)
    result = { outcome: errorOutcome(known) }
  }
  return keep(options, work, result, watch)
}

function withinLimits(result: StepResult): StepResult {
  const bytes = JSON.stringify(result.outcome).length
  if (bytes <= MAX_OUTCOME) return result
  throw new AppError('too_large', `The step ended with an outcome of ${bytes} characters.`)
}

/** Kept through an absence of the database: what a step did is not done again for that. */
async function keep(
  options: ActivityOptions,
  work: Work,
  result: StepResult,
  watch: Watch,
): Promise<StepResult> {
  const { store, toError, onError } = options
  for (;;) {
    try {
      await store.keep(work.claim, work.bead, work.run, result)
      return result
    } catch (error) {
      const known = toError(error)
      if (isLeaseLost(known) || watch.signal.aborted) throw known
      if (!known.transient) {
        onError('a result could not be kept', error)
        return { outcome: errorOutcome(known) }
      }
      await new Promise((resolve) => setTimeout(resolve, KEEP_AGAIN_MS))
    }
  }
}

/** Why a stopped step's attempt fails: its lease is gone, the workflow cancelled it, or this worker is stopping. */
async function stopped({ store, stopping }: ActivityOptions, claim: Claim, watch: Watch): Promise<unknown> {
  const reason: unknown = watch.signal.reason
  if (isLeaseLost(reason)) return reason
  if (!stopping.aborted) return reason
  await store.rest(claim)
  // At once, and elsewhere: this worker takes no new work any more.
  return ApplicationFailure.create({
    message: 'handed back at a border',
    type: 'handed_back',
    nextRetryDelay: 1,
  })
}

interface Watch extends Signals {
  end(): void
}

/** Beats for Temporal, and looks in the database whether this attempt still has the run. */
function watchOver({ store, stopping, beatMs, graceMs, onError }: ActivityOptions, claim: Claim): Watch {
  const lost = new AbortController()
  const cancelled = cancellationSignal()
  heartbeat()
  const beat = setInterval(() => {
    heartbeat()
    store.holds(claim).then(
      (still) => {
        if (!still) lost.abort(new AppError('lease_lost', 'Another worker has this run now.'))
      },
      (error: unknown) => onError('a heartbeat failed', error),
    )
  }, beatMs)
  const late = afterwards(stopping, graceMs)
  const signal = AbortSignal.any([stopping, lost.signal, cancelled])
  return {
    signal,
    cut: signal,
    hangUp: AbortSignal.any([late.signal, lost.signal, cancelled]),
    end() {
      clearInterval(beat)
      late.clear()
    },
  }
}
