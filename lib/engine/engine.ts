import { AppError, type ErrorCode } from '@/lib/core/app-error'
import type { Outcome } from '@/lib/core/outcome'
import type { BeadRecord, RunRecord, StepResult } from '@/lib/core/record'
import { backoffMs } from '@/lib/core/retry'
import { route } from '@/lib/core/route'
import type { RunState } from '@/lib/core/run'
import { isEnded } from '@/lib/core/status'
import type { Claim, Settlement, Store } from './store'

/** Does the step that the run stands at. Rejects with AppError('cancelled') when the signal stopped it. */
export type StepRunner = (work: {
  readonly claim: Claim
  readonly run: RunRecord
  readonly bead: BeadRecord
  /** Asks the step to stop at its next border. */
  readonly signal: AbortSignal
  /** Cuts off what cannot be stopped at a border without paying for it twice: a model call. */
  readonly hangUp: AbortSignal
}) => Promise<StepResult>

export interface EngineOptions {
  readonly store: Store
  readonly runStep: StepRunner
  /** Names this worker in leases and pages: `host:pid:n`. */
  readonly owner: string
  /** Anything thrown, as one of our errors. */
  readonly toError: (error: unknown) => AppError
  readonly random: () => number
  readonly onError: (message: string, error: unknown) => void
  readonly leaseMs?: number
  /** How long a stopped step's model call may still take, in milliseconds. */
  readonly graceMs?: number
}

export interface TickInput {
  /** This machine's clock in milliseconds; only `until` is judged by it. */
  readonly now: () => number
  readonly until: number
  /** Stops the step under way at its next turn's border and gives the lease back. */
  readonly signal?: AbortSignal
}

export interface Engine {
  /** Claims due work, does it and commits, until the time is up or nothing is due. Returns the steps done. */
  tick(input: TickInput): Promise<{ readonly steps: number; readonly nextDueInMs: number | null }>
}

const LEASE_MS = 45_000
/** Under the ten seconds after which `docker stop` kills; a call that is cut off is counted as spent. */
const GRACE_MS = 8_000
/** Until a run whose step could not be settled is tried again. */
const RELEASE_MS = 5_000

export function createEngine(options: EngineOptions): Engine {
  const { store, owner } = options
  const leaseMs = options.leaseMs ?? LEASE_MS
  return {
    async tick({ now, until, signal }) {
      let steps = 0
      while (now() < until && !signal?.aborted) {
        const claim = await store.claim({ owner, leaseMs })
        if (!claim) return { steps, nextDueInMs: await store.nextDueInMs() }
        const left = AbortSignal.timeout(Math.max(1, Math.min(until - now(), 2 ** 31 - 1)))
        await work(options, leaseMs, claim, signal ? AbortSignal.any([signal, left]) : left)
        steps += 1
      }
      return { steps, nextDueInMs: 0 }
    },
  }
}

/** One claimed run, one step further. A lost lease ends it silently: another worker has the run. */
async function work(options: EngineOptions, leaseMs: number, claim: Claim, stop: AbortSignal): Promise<void> {
  const lost = new AbortController()
  const beat = setInterval(() => {
    options.store.heartbeat(claim, leaseMs).catch((error: unknown) => {
      if (isLeaseLost(error)) lost.abort(error)
      else options.onError('a heartbeat failed', error)
    })
  }, leaseMs / 3)
  const late = afterwards(stop, options.graceMs ?? GRACE_MS)
  const signals = {
    signal: AbortSignal.any([stop, lost.signal]),
    hangUp: AbortSignal.any([late.signal, lost.signal]),
  }
  try {
    await step(options, claim, signals)
  } catch (error) {
    if (!isLeaseLost(error)) await putOff(options, claim, error)
  } finally {
    clearInterval(beat)
    late.clear()
  }
}

/**
 * Gives a run back whose step could not be begun or kept, for longer each time; what is no passing trouble ends it
 * after as many times as its limits allow.
 */
async function putOff(options: EngineOptions, claim: Claim, error: unknown): Promise<void> {
  const { store, onError } = options
  onError('a step could not be settled', error)
  const known = options.toError(error)
  const count = claim.failures + 1
  try {
    if (!known.transient && (await gaveUp(store, claim, known, count))) return
  } catch (again) {
    if (isLeaseLost(again)) return
    onError('a run could not be ended', again)
  }
  const inMs = backoffMs(count, options.random(), { baseMs: RELEASE_MS, capMs: 600_000, floorMs: RELEASE_MS })
  await store.putOff(claim, inMs).catch((again: unknown) => onError('a run could not be given back', again))
}

async function gaveUp(store: Store, claim: Claim, error: AppError, count: number): Promise<boolean> {
  const run = await store.load(claim)
  if (count < run.state.limits.maxAttempts) return false
  const outcome = { ...errorOutcome(error), transient: false, gaveUp: true, tries: count }
  await store.giveUp(claim, run, route({ ...run.state, status: 'running' }, outcome))
  return true
}

/** Aborts so many milliseconds after another signal did. */
function afterwards(stop: AbortSignal, ms: number): { signal: AbortSignal; clear: () => void } {
  const late = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const begin = () => {
    timer = setTimeout(() => late.abort(stop.reason), ms)
  }
  if (stop.aborted) begin()
  else stop.addEventListener('abort', begin, { once: true })
  return {
    signal: late.signal,
    clear() {
      clearTimeout(timer)
      stop.removeEventListener('abort', begin)
    },
  }
}

interface Signals {
  readonly signal: AbortSignal
  readonly hangUp: AbortSignal
}

async function step(options: EngineOptions, claim: Claim, signals: Signals): Promise<void> {
  const { store } = options
  const run = await store.load(claim)
  if (run.state.status === 'waiting_gate') {
    return store.lapse(claim, run, route(run.state, { kind: 'timeout' }))
  }
  const bead = await store.openBead(claim, run)
  let result: StepResult
  try {
    assertAlive(run, bead)
    result = await options.runStep({ claim, run, bead, ...signals })
  } catch (error) {
    const known = options.toError(error)
    if (known.code === 'lease_lost') throw known
    if (signals.signal.aborted) return store.handBack(claim)
    result = { outcome: errorOutcome(known) }
  }
  try {
    await settle(options, { claim, run, bead, result })
  } catch (error) {
    const known = options.toError(error)
    if (known.code === 'lease_lost' || known.transient) throw known
    // What cannot be settled now never can: without this the step would be done again every few seconds, for ever.
    options.onError('a result could not be kept', error)
    const outcome: Outcome = { kind: 'error', transient: false, code: known.code, message: known.message }
    await settle(options, { claim, run, bead, result: { outcome } })
  }
}

/**
 * A step that ended its worker each time is not begun for ever.
 * @throws AppError('internal')
 */
function assertAlive(run: RunRecord, bead: BeadRecord): void {
  const before = (bead.begun ?? 1) - 1
  if (before < run.state.limits.maxAttempts) return
  throw new AppError(
    'internal',
    `The step ${bead.step} was begun ${before} times, and its worker died or could not keep its result each time.`,
    { mend: 'Look at the log of the worker (memory, disk), then `devpilot runs retry <run>`.' },
  )
}

interface Settling {
  readonly claim: Claim
  readonly run: RunRecord
  readonly bead: BeadRecord
  readonly result: StepResult
}

async function settle(options: EngineOptions, { claim, run, bead, result }: Settling): Promise<void> {
  const next = route({ ...run.state, status: 'running' }, result.outcome)
  await options.store.settle(claim, settlement(options, run, bead, result, next))
}

function isLeaseLost(error: unknown): boolean {
  return error instanceof AppError && error.code === 'lease_lost'
}

function settlement(
  options: EngineOptions,
  run: RunRecord,
  bead: BeadRecord,
  result: StepResult,
  next: RunState,
): Settlement {
  return { run, bead, result, next, dueInMs: dueInMs(result.outcome, next, options.random()) }
}

function dueInMs(outcome: Outcome, next: RunState, random: number): number | null {
  if (isEnded(next.status) || next.status === 'waiting_gate' || next.status === 'paused_budget') return null
  return outcome.kind === 'error' ? backoffMs(next.counts.attempts, random) : 0
}

const neverTransient: readonly ErrorCode[] = ['bad_config', 'bad_request', 'repository_unusable', 'disk_full']

export function errorOutcome(error: AppError): Extract<Outcome, { kind: 'error' }> {
  return {
    kind: 'error',
    transient: error.transient && !neverTransient.includes(error.code),
    code: error.code,
    message: error.message,
    ...(error.mend === undefined ? {} : { mend: error.mend }),
  }
}
