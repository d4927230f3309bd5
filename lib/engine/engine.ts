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
  /** Ends programs that are under way: at once when the worker stops, with `hangUp` when only its time is up. */
  readonly cut: AbortSignal
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
  /** How long what is under way when the time is up may still take, in milliseconds; no new turn is begun then. */
  readonly graceMs?: number
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
/** Tries, at last ten minutes apart, of a step whose trouble always seems to pass: what it does may be the cause. */
const PATIENCE = 50

export function createEngine(options: EngineOptions): Engine {
  const { store, owner } = options
  const leaseMs = options.leaseMs ?? LEASE_MS
  return {
    async tick({ now, until, signal, graceMs }) {
      let steps = 0
      while (now() < until && !signal?.aborted) {
        const claim = await store.claim({ owner, leaseMs })
        if (!claim) return { steps, nextDueInMs: await store.nextDueInMs() }
        const left = AbortSignal.timeout(Math.max(1, Math.min(Math.ceil(until - now()), 2 ** 31 - 1)))
        await work(options, leaseMs, claim, { stop: signal, left, graceMs })
        steps += 1
      }
      return { steps, nextDueInMs: 0 }
    },
  }
}

interface Until {
  /** The worker is to stop. */
  readonly stop: AbortSignal | undefined
  /** Its time is up. */
  readonly left: AbortSignal
  readonly graceMs: number | undefined
}

/** One claimed run, one step further. A lost lease ends it silently: another worker has the run. */
async function work(options: EngineOptions, leaseMs: number, claim: Claim, until: Until): Promise<void> {
  const lost = new AbortController()
  const beat = setInterval(() => {
    options.store.heartbeat(claim, leaseMs).catch((error: unknown) => {
      if (isLeaseLost(error)) lost.abort(error)
      else options.onError('a heartbeat failed', error)
    })
  }, leaseMs / 3)
  const graceMs = options.graceMs ?? GRACE_MS
  const stops = until.stop ? [until.stop] : []
  const lates = [
    ...stops.map((stop) => afterwards(stop, graceMs)),
    afterwards(until.left, until.graceMs ?? graceMs),
  ]
  const hangUp = AbortSignal.any([...lates.map((late) => late.signal), lost.signal])
  const signals = {
    signal: AbortSignal.any([...stops, until.left, lost.signal]),
    hangUp,
    cut: AbortSignal.any([...stops, hangUp]),
  }
  try {
    await step(options, claim, signals)
  } catch (error) {
    if (!isLeaseLost(error)) await putOff(options, claim, error)
  } finally {
    clearInterval(beat)
    for (const late of lates) late.clear()
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
    const lasting = !known.transient || count >= PATIENCE
    if (lasting && (await gaveUp(store, claim, known, count))) return
  } catch (again) {
    if (isLeaseLost(again)) return
    onError('a run could not be ended', again)
  }
  const inMs = backoffMs(count, options.random(), { baseMs: RELEASE_MS, capMs: 600_000, floorMs: RELEASE_MS })
  const blameless = known.code === 'database_unavailable'
  await store
    .putOff(claim, inMs, blameless)
    .catch((again: unknown) => onError('a run could not be given back', again))
}

async function gaveUp(store: Store, claim: Claim, error: AppError, count: number): Promise<boolean> {
  const run = await store.load(claim)
  if (count < run.state.limits.maxAttempts) return false
  const outcome = { ...errorOutcome(error), transient: false, gaveUp: true }
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
  readonly cut: AbortSignal
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
    // A database that went away is no failure of the step: the run waits for it.
    if (known.code === 'lease_lost' || known.code === 'database_unavailable') throw known
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
