/**
 * The workflow that drives one run: load, then step, route(), settle, until the run waits or ends. It runs in
 * Temporal's sandbox and is replayed from its history, so it imports core alone and asks nothing of the world.
 * The database stays the record: a claim of the run's job comes in by `wake`, and without one nothing is done.
 */
import {
  ActivityFailure,
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  log,
  patched,
  proxyActivities,
  setHandler,
  setWorkflowOptions,
  workflowInfo,
} from '@temporalio/workflow'
import { AppError } from '@/lib/core/app-error'
import type { Outcome } from '@/lib/core/outcome'
import { route } from '@/lib/core/route'
import type { RunState } from '@/lib/core/run'
import { isEnded } from '@/lib/core/status'
import {
  type Activities,
  type FailureDetails,
  failures,
  type Held,
  type RunInput,
  stepsQueue,
  type View,
} from './contract'

/** A claim of the run's job was handed over. */
export const wake = defineSignal<[Held]>('wake')
/** Somebody else changed the run in the database: a step under way is stopped if it has lost its lease. */
export const changed = defineSignal('changed')
export const state = defineQuery<View>('state')
/** Looks at the database again, takes the run up if it stands there unattended, and answers what it does then. */
export const nudge = defineUpdate<View>('nudge')

/**
 * Short writes and reads: tried for ever, because the database may be away for minutes. One that a sleeping worker
 * took is soon another's; its own late write is fenced.
 */
const short = proxyActivities<Omit<Activities, 'step'>>({
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '250 milliseconds', backoffCoefficient: 2, maximumInterval: '15 seconds' },
})

/**
 * Steps: an agent with its commands may take hours; a worker that falls silent is given up after `heartbeatMs`, and
 * the next goes on at once, however many died before. An attempt that fails says itself when the next may come.
 */
const long = (heartbeatMs: number) =>
  proxyActivities<Pick<Activities, 'step'>>({
    taskQueue: stepsQueue(workflowInfo().taskQueue),
    startToCloseTimeout: '12 hours',
    heartbeatTimeout: heartbeatMs,
    // The fence makes it safe to go on at once: an attempt that is told later can write nothing.
    cancellationType: 'TRY_CANCEL',
    retry: { initialInterval: '1 second', backoffCoefficient: 1 },
  })

export async function devpilotRun(input: RunInput): Promise<void> {
  const { runId } = input
  const claims: Held[] = [...(input.claims ?? [])]
  const now: Driving = { step: null, held: null, scope: null }
  const nudges = { asked: 0, answered: 0 }
  const nudged = () => nudges.asked > nudges.answered
  // Driving nothing, this workflow may take up a run that another of Temporal's claims seems to have: none does.
  let orphaned = false
  /** It ends, or goes on as a new one: nothing is waited for any more. */
  let leaving = false

  const view = (): View => ({
    doing: now.held ? 'driving' : 'waiting',
    step: now.step,
    owner: now.held?.owner ?? null,
  })
  setHandler(wake, (held) => {
    claims.push(held)
  })
  setHandler(changed, () => stopIfLost(now))
  setHandler(state, view)
  setHandler(nudge, async () => {
    if (now.held) await stopIfLost(now)
    else if (!leaving) {
      nudges.asked += 1
      const mine = nudges.asked
      await condition(() => nudges.answered >= mine)
    }
    return view()
  })

  for (;;) {
    const claim = newest(claims)
    if (claim) {
      nudges.answered = nudges.asked
      const end = await drive(input, now, claim)
      now.held = null
      now.scope = null
      if (typeof end === 'object') claims.push(end)
      orphaned = end === 'lost'
    } else {
      const seen = await short.look(runId)
      now.step = seen.step
      if (seen.ended && !nudged()) {
        leaving = true
        await condition(allHandlersFinished)
        leaving = false
        if (claims.length === 0 && !nudged()) return
      }
      const told = () => claims.length > 0 || nudged() || orphaned
      if (seen.dueInMs === null) await condition(told)
      else if (seen.dueInMs > 0) await condition(told, seen.dueInMs)
      // As it is now: by a token that was seen before the wait, a claim made meanwhile would look orphaned.
      const heard = nudges.asked
      const orphan = orphaned || nudged() ? (await short.look(runId)).token : null
      const found = claims.length > 0 ? null : await short.claim({ runId, orphan })
      if (found) claims.push(found)
      orphaned = false
      // One that came during the claim is not answered by it: another look is.
      nudges.answered = nudges.asked === heard || patched('late-nudge') ? heard : nudges.asked
    }
    if (isLong(input) && !nudged()) {
      leaving = true
      nudges.answered = nudges.asked
      await condition(allHandlersFinished)
      return continueAsNew<typeof devpilotRun>({ ...input, claims })
    }
  }
}

setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, devpilotRun)

interface Driving {
  step: string | null
  held: Held | null
  /** Holds the step under way. */
  scope: CancellationScope | null
}

/** The latest claim alone counts: what came before it can write nothing any more. */
function newest(claims: Held[]): Held | null {
  const all = claims.splice(0)
  return all.reduce<Held | null>((best, one) => (best && best.token >= one.token ? best : one), null)
}

function isLong({ maxEvents }: RunInput): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo()
  return continueAsNewSuggested || (maxEvents !== undefined && historyLength > maxEvents)
}

async function stopIfLost(now: Driving): Promise<void> {
  const { held, scope } = now
  if (!held || !scope || (await short.holds(held))) return
  if (now.scope === scope) scope.cancel()
}

/** How a claim ended: the run waits or is over, somebody else has it, or a claim to go on with in a new workflow. */
type End = 'done' | 'lost' | Held

/** Drives the run by one claim, until it waits, ends, or belongs to somebody else. */
async function drive(input: RunInput, now: Driving, claim: Held): Promise<End> {
  now.held = claim
  try {
    const { token, state: loaded } = await short.load(claim)
    now.held = { ...claim, token }
    now.step = loaded.step
    if (loaded.status === 'waiting_gate') await lapse(now.held, loaded)
    else if (!isEnded(loaded.status)) return await steps(input, now, now.held, loaded)
    return 'done'
  } catch (error) {
    return afterFailure(now.held, error)
  }
}

async function lapse(held: Held, run: RunState): Promise<void> {
  try {
    await short.lapse({ held, next: route(run, { kind: 'timeout' }) })
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const outcome: Outcome = {
      kind: 'error',
      transient: false,
      code: error.code,
      message: error.message,
      gaveUp: true,
    }
    await short.giveUp({ held, next: route({ ...run, status: 'running' }, outcome) })
  }
}

async function steps(input: RunInput, now: Driving, first: Held, loaded: RunState): Promise<End> {
  let went: { held: Held; run: RunState } | null = { held: first, run: loaded }
  for (;;) {
    went = await oneStep(input, now, went.held, went.run)
    if (!went) return 'done'
    now.held = went.held
    now.step = went.run.step
    if (isLong(input)) return went.held
  }
}

/** One step, routed and settled; null when the run waits or has ended. */
async function oneStep(
  input: RunInput,
  now: Driving,
  held: Held,
  run: RunState,
): Promise<{ held: Held; run: RunState } | null> {
  const running: RunState = { ...run, status: 'running' }
  const scope = new CancellationScope()
  now.scope = scope
  const did = await scope
    .run(() => long(input.heartbeatMs).step(held))
    .catch(async (error: unknown) => {
      const found = detailsOf(error, failures.unbegun)
      if (!found) throw error
      await short.giveUp({ held: { ...held, token: found.token }, next: route(running, found.outcome) })
      return null
    })
  now.scope = null
  if (!did) return null
  const after = { ...held, token: did.token }
  const first = routed(running, did.outcome)
  try {
    const settled = await short.settle({ held: after, bead: did.bead, ...first })
    return settled && { held: settled, run: first.next }
  } catch (error) {
    const found = detailsOf(error, failures.unsettled)
    if (!found) throw error
    // What cannot be kept now never can: without this the step would be done again, for ever.
    const { outcome, token } = found
    const second = { outcome, next: route(running, outcome), replaced: true }
    const settled = await short.settle({ held: { ...after, token }, bead: did.bead, ...second })
    return settled && { held: settled, run: second.next }
  }
}

/** The state that an outcome leads to; one that its step cannot have ends the run. */
function routed(
  running: RunState,
  outcome: Outcome,
): { outcome: Outcome; next: RunState; replaced: boolean } {
  try {
    return { outcome, next: route(running, outcome), replaced: false }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const { code, message } = error
    const instead: Outcome = { kind: 'error', transient: false, code, message }
    return { outcome: instead, next: route(running, instead), replaced: true }
  }
}

/** What a failure of this type brings along. */
function detailsOf(error: unknown, type: string): FailureDetails | null {
  const cause = error instanceof ActivityFailure ? error.cause : null
  if (!(cause instanceof ApplicationFailure) || cause.type !== type) return null
  return (cause.details?.[0] as FailureDetails | undefined) ?? null
}

/** Lost: somebody has the run. Anything else that an activity failed at: the run is given back, nothing is lost. */
async function afterFailure(held: Held, error: unknown): Promise<End> {
  if (CancellationScope.current().consideredCancelled) throw error
  if (isCancellation(error)) return 'lost'
  if (!(error instanceof ActivityFailure)) throw error
  const { cause } = error
  if (cause instanceof ApplicationFailure && cause.type === failures.lost) return 'lost'
  log.warn('the run is given back', { error: String(cause) })
  await short.release(held)
  return 'lost'
}
