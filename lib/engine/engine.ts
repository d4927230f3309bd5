import { setTimeout as pause } from 'node:timers/promises'
import type { AppError, ErrorCode } from '@/lib/core/app-error'
import type { Outcome } from '@/lib/core/outcome'
import type { BeadRecord, RunRecord, StepResult } from '@/lib/core/record'
import { backoffMs } from '@/lib/core/retry'
import { route } from '@/lib/core/route'
import type { RunState } from '@/lib/core/run'
import { isEnded } from '@/lib/core/status'
import { beat, isLeaseLost } from './beat'
import { inTurn } from './in-turn'
import { after, GRACE_MS, type Signals, signalsOf, type Told, type Until } from './signals'
import type { Claim, Store, Taken, Work } from './store'

/** Does the step that the run stands at. Rejects with AppError('cancelled') when the signal stopped it. */
export type StepRunner = (
  work: { readonly claim: Claim; readonly run: RunRecord; readonly bead: BeadRecord } & Signals,
) => Promise<StepResult>

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
  /** Told when a run was claimed and others wait. */
  readonly more?: () => void
}

export interface Engine {
  /** Claims due work, does it and commits, until the time is up or nothing is due. Returns the steps done. */
  tick(input: TickInput): Promise<{ readonly steps: number; readonly nextDueInMs: number | null }>
  /** A person may have taken this run away: whoever works on it here asks at once whether it is still theirs. */
  check(runId: string): void
}

/** Runs that this process works on, each with the question whether its lease still holds. */
type Active = Map<string, () => void>

const LEASE_MS = 45_000
/** Until a run whose step could not be settled is tried again. */
export const RELEASE_MS = 5_000
/** How long a worker takes nothing up once the database is back: beats, and answers that wait to be kept, come sooner. */
const RESTS_MS = 2_000
/** Tries to write what a step came to, where another transaction was in the way. */
const SETTLES = 3
/** Tries to give a run back while the database is away; then its lease ends by itself. */
const GIVE_BACKS = 40
const GIVE_BACK_MS = 1_000
/** Tries, at last ten minutes apart, of a step whose trouble always seems to pass: what it does may be the cause. */
const PATIENCE = 50
/** Of these, tries of a step without blame that follow each other soon. */
const SOON = 10

export function createEngine(options: EngineOptions): Engine {
  const { store, owner } = options
  const leaseMs = options.leaseMs ?? LEASE_MS
  const active: Active = new Map()
  const runStep = inTurn(options.runStep)
  let away = false
  let restsUntil = 0
  /**
   * Once the database is back, those who held runs while it was away come first: they renew leases that ran out.
   * @param over ends the rest, and with it the work: nothing is taken up any more
   */
  const takeUp = async (over: () => AbortSignal): ReturnType<Store['takeUp']> => {
    try {
      if (away) await store.nextDueInMs()
      if (away) restsUntil = performance.now() + RESTS_MS
      away = false
      const rest = restsUntil - performance.now()
      if (rest > 0 && !(await rested(rest, over()))) return { nextDueInMs: 0 }
      return await store.takeUp({ owner, leaseMs })
    } catch (error) {
      away = options.toError(error).code === 'unavailable'
      throw error
    }
  }
  return {
    check: (runId) => active.get(runId)?.(),
    async tick({ now, until, signal, graceMs, more }) {
      let steps = 0
      const over = () => AbortSignal.any([...(signal ? [signal] : []), after(until - now())])
      while (now() < until && !signal?.aborted) {
        const taken = await takeUp(over)
        if (!('claim' in taken)) return { steps, ...taken }
        if (taken.more) more?.()
        steps += await work({ ...options, runStep, active }, leaseMs, taken, {
          stop: signal,
          left: after(until - now()),
          graceMs,
        })
      }
      return { steps, nextDueInMs: 0 }
    },
  }
}

/** @returns false when the signal came first */
async function rested(ms: number, over: AbortSignal): Promise<boolean> {
  await pause(ms, undefined, { signal: over }).catch(() => undefined)
  return !over.aborted
}

/** One claimed run, as far as this worker may take it. A lost lease ends it silently: another worker has the run. */
async function work(
  { active, ...options }: EngineOptions & { readonly active: Active },
  leaseMs: number,
  { claim, run }: Taken,
  until: Until,
): Promise<number> {
  const { ask, end, ...lease } = beat({ ...options, claim, leaseMs })
  const since = performance.now()
  let steps = 0
  let failures = claim.failures
  // Who had it here before has lost it, and need not wait for its own beat to hear of it.
  active.get(claim.runId)?.()
  active.set(claim.runId, ask)
  const { clear, ...signals } = signalsOf(until, lease, options.graceMs ?? GRACE_MS)
  try {
    for (let at: Work | null = await begin(options, claim, run); at; steps += 1) {
      at = await step(options, { claim, ...at }, signals, since)
      failures = 0
    }
    // A gate that has lapsed is a step, too.
    steps ||= 1
  } catch (error) {
    if (!isLeaseLost(error)) await putOff(options, { ...claim, failures }, error, signals.stopped)
    // Its step may have been refused before a beat renewed the lease: then nobody has the run, and it died of nothing.
    else if (lease.lapsed.aborted && !lease.lost.aborted) await handBackUntaken(options, claim, signals)
    steps += 1
  } finally {
    end()
    // Its successor may have taken the place: a run is cancelled and retried faster than a step ends.
    if (active.get(claim.runId) === ask) active.delete(claim.runId)
    clear()
  }
  return steps
}

async function handBackUntaken(
  { store, onError }: EngineOptions,
  claim: Claim,
  { blameless }: Pick<Told, 'blameless'>,
): Promise<void> {
  try {
    await store.handBack(claim, blameless())
  } catch (error) {
    if (!isLeaseLost(error)) onError('a run could not be given back', error)
  }
}

/**
 * Gives a run back whose step could not be begun or kept, for longer each time; what is no passing trouble ends it
 * after as many times as its limits allow.
 */
async function putOff(
  options: EngineOptions,
  claim: Claim,
  error: unknown,
  stopped: () => boolean,
): Promise<void> {
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
  const blameless = known.code === 'unavailable'
  // A database that is back should not find its runs put off for minutes; one that is away at every try is waited for
  // through hours, and not until so many tries are used up.
  const blamed = blameless ? Math.max(1, count - SOON) : count
  const again = { baseMs: 2 * RELEASE_MS, capMs: 600_000, floorMs: RELEASE_MS }
  const inMs = backoffMs(blamed, options.random(), again)
  for (let tries = 1; ; tries += 1) {
    try {
      return await store.putOff(claim, inMs, blameless)
    } catch (again) {
      onError('a run could not be given back', again)
      // Nobody works on it: without this it would wait for its lease once the database is back.
      if (options.toError(again).code !== 'unavailable' || tries === GIVE_BACKS || stopped()) return
      await pause(GIVE_BACK_MS)
    }
  }
}

async function gaveUp(store: Store, claim: Claim, error: AppError, count: number): Promise<boolean> {
  const run = await store.load(claim)
  if (count < run.state.limits.maxAttempts) return false
  const outcome = { ...errorOutcome(error), transient: false, gaveUp: true, tries: count }
  await store.giveUp(claim, run, route({ ...run.state, status: 'running' }, outcome))
  return true
}

/** The step that a claimed run stands at; null for a gate that has lapsed, which is all there was to do. */
async function begin({ store }: EngineOptions, claim: Claim, known: RunRecord | null): Promise<Work | null> {
  const run = known ?? (await store.load(claim))
  if (run.state.status !== 'waiting_gate') return { run, bead: await store.openBead(claim, run) }
  await store.lapse(claim, run, route(run.state, { kind: 'timeout' }))
  return null
}

async function step(
  options: EngineOptions,
  at: Omit<Settling, 'result'>,
  { signal, hangUp, cut, blameless }: Told,
  since: number,
): Promise<Work | null> {
  const { claim, run, bead } = at
  let result: StepResult
  try {
    const over = poisoned(run, bead)
    result = over ? { outcome: over } : await options.runStep({ claim, run, bead, signal, hangUp, cut })
  } catch (error) {
    const known = options.toError(error)
    // A database that went away is no failure of the step: the run waits for it.
    if (known.code === 'lease_lost' || known.code === 'unavailable') throw known
    if (signal.aborted) {
      // A person who stops a worker, or a machine that slept, is no fault of the step; a time that it never gets by
      // with is.
      await options.store.handBack(claim, blameless())
      return null
    }
    result = { outcome: errorOutcome(known) }
  }
  const keep = signal.aborted ? undefined : { heldMs: performance.now() - since }
  try {
    return await settleAgain(options, { ...at, result }, keep)
  } catch (error) {
    const known = options.toError(error)
    if (known.code === 'lease_lost' || known.transient) throw known
    // What cannot be settled now never can: without this the step would be done again every few seconds, for ever.
    options.onError('a result could not be kept', error)
    const outcome: Outcome = { kind: 'error', transient: false, code: known.code, message: known.message }
    return settle(options, { ...at, result: { outcome } }, keep)
  }
}

/** The outcome of a step that ended its worker, or came to no border in its time, each time: it is not begun for ever. */
export function poisoned(run: RunRecord, bead: BeadRecord): Outcome | null {
  const before = (bead.begun ?? 1) - 1
  if (before < run.state.limits.maxAttempts) return null
  return {
    kind: 'error',
    transient: false,
    code: 'internal',
    message: `The step ${bead.step} was begun ${before} times, and each time its worker died, its time was over before it came to a border, or its result could not be kept.`,
    mend: 'Look at the log of the worker (memory, disk); a step that is too long for a slice needs a `devpilot worker`. Then `devpilot runs retry <run>`.',
    gaveUp: true,
    tries: before,
  }
}

interface Settling {
  readonly claim: Claim
  readonly run: RunRecord
  readonly bead: BeadRecord
  readonly result: StepResult
}

function settle(
  { store, random }: EngineOptions,
  { claim, run, bead, result }: Settling,
  keep: { readonly heldMs: number } | undefined,
): Promise<Work | null> {
  const next = route({ ...run.state, status: 'running' }, result.outcome)
  const dueIn = dueInMs(result.outcome, next, random())
  return store.settle(claim, { run, bead, result, next, dueInMs: dueIn }, keep)
}

/** A deadlock or a failed serialization undoes the writing, not the step: what it came to is written again. */
async function settleAgain(...args: Parameters<typeof settle>): Promise<Work | null> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await settle(...args)
    } catch (error) {
      const known = args[0].toError(error)
      const passes = known.transient && known.code === 'internal'
      if (!passes || tries === SETTLES) throw error
    }
  }
}

export function dueInMs(outcome: Outcome, next: RunState, random: number): number | null {
  if (isEnded(next.status) || next.status === 'waiting_gate' || next.status === 'paused_budget') return null
  if (outcome.kind !== 'error') return 0
  const { retryAfterMs: floorMs = 0 } = outcome
  return backoffMs(next.counts.attempts, random, { floorMs })
}

const neverTransient: readonly ErrorCode[] = ['bad_config', 'bad_request', 'repository_unusable', 'disk_full']

export function errorOutcome(error: AppError): Extract<Outcome, { kind: 'error' }> {
  return {
    kind: 'error',
    transient: error.transient && !neverTransient.includes(error.code),
    code: error.code,
    message: error.message,
    ...(error.mend === undefined ? {} : { mend: error.mend }),
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  }
}
