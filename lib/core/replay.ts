import { z } from 'zod'
import { AppError } from './app-error'
import { ownLimits } from './fork'
import type { Limits } from './limits'
import { type Outcome, outcomeSchema } from './outcome'
import { reviewCommentSchema } from './review'
import { route } from './route'
import type { RunState } from './run'
import { applySignal, type Signal } from './signal'

/** An entry of a run's audit chain: together they tell every outcome and every signal that moved the run. */
export interface HistoryEntry {
  readonly action: string
  readonly data: Readonly<Record<string, unknown>>
}

/** Where the router goes another way than the record has it. */
export interface RouteParting {
  /** Number of the bead whose end, or beginning, is another one. */
  readonly seq: number
  readonly step: string
  /** What the bead ended with, or what a person did. */
  readonly after: string
  readonly recorded: string
  readonly now: string
  /** Why the router goes there now. */
  readonly reason: string | null
}

export interface RouteReplay {
  /** Moves that came out as recorded. */
  readonly moves: number
  readonly parting: RouteParting | null
}

const endedSchema = z.looseObject({
  seq: z.int(),
  outcome: outcomeSchema,
  next: z.string(),
  status: z.string(),
})
const beganSchema = z.looseObject({ seq: z.int() })

/**
 * The recorded outcomes through the router of today, from the state that the run began with.
 * @param limits what bounds the run instead of what `prepare` found then
 */
export function replayRoute(
  start: RunState,
  entries: readonly HistoryEntry[],
  limits: Limits | null = null,
): RouteReplay {
  let state: RunState = limits ? { ...start, limits: ownLimits(limits, start.limits) } : start
  let moves = 0
  let last = { seq: 0, after: 'the start' }
  for (const entry of entries) {
    const move = moveOf(entry)
    if (move === null) continue
    const seq = move.seq ?? last.seq
    const parted = (recorded: string, now: string, reason: string | null): RouteReplay => ({
      moves,
      parting: { seq, step: String(state.step), after: move.after, recorded, now, reason },
    })
    if (move.kind === 'began') {
      if (move.step === state.step) continue
      const now = told(state)
      return { moves, parting: { ...last, step: move.step, recorded: move.step, now, reason: whyOf(state) } }
    }
    const before = state
    try {
      state = move.apply(state, limits)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return parted(move.recorded ?? move.after, `refused at ${told(state)}`, error.message)
    }
    if (move.recorded !== null && move.recorded !== told(state)) {
      const now = told(state)
      return {
        moves,
        parting: {
          seq,
          step: String(before.step),
          after: move.after,
          recorded: move.recorded,
          now,
          reason: whyOf(state),
        },
      }
    }
    moves += 1
    last = { seq, after: move.after }
  }
  return { moves, parting: null }
}

type Move =
  | { readonly kind: 'began'; readonly seq: number; readonly step: string; readonly after: string }
  | {
      readonly kind: 'moved'
      readonly seq: number | null
      readonly after: string
      /** As `told` says it; null where the record does not name it, and the next bead's step does. */
      readonly recorded: string | null
      readonly apply: (state: RunState, limits: Limits | null) => RunState
    }

/** What an entry did to the run's state; null for all that only tells of its work. */
function moveOf({ action, data }: HistoryEntry): Move | null {
  const ended = endedSchema.safeParse(data)
  if (ended.success) {
    const { seq, outcome, next, status } = ended.data
    return routed(outcome, { seq, recorded: `${next} (${status})` })
  }
  if (action.endsWith('.began') && action !== 'run.began') {
    const began = beganSchema.safeParse(data)
    const step = action.slice(0, -'.began'.length)
    return began.success ? { kind: 'began', seq: began.data.seq, step, after: 'its beginning' } : null
  }
  switch (action) {
    case 'run.began':
    case 'run.went_on':
      return moved(action, (state) => ({ ...state, status: 'running' }))
    case 'gate.approved':
      return decided({ kind: 'approved' })
    case 'gate.rejected':
      return decided({ kind: 'rejected', reason: String(data.reason ?? 'Rejected.') })
    case 'gate.timeout':
      return decided({ kind: 'timeout' })
    case 'run.retried':
      return moved(action, (state) => applySignal(state, retriedBy(data)))
    case 'run.cancelled':
      return moved(action, (state) => applySignal(state, { kind: 'cancel' }))
    case 'run.step_skipped':
      return moved(action, (state) => applySignal(state, { kind: 'skip' }))
    case 'run.resumed':
      return moved(action, (state) => applySignal(state, { kind: 'resume' }))
    case 'run.given_up':
      return givenUp(data)
    default:
      return null
  }
}

function retriedBy({ from, said }: Readonly<Record<string, unknown>>): Signal {
  const words = z.array(reviewCommentSchema).safeParse(said)
  return {
    kind: 'retry',
    ...(typeof from === 'string' ? { from } : {}),
    ...(words.success ? { said: words.data } : {}),
  }
}

function moved(after: string, apply: (state: RunState) => RunState): Move {
  return { kind: 'moved', seq: null, after, recorded: null, apply }
}

/** A gate's decision is routed as it stands; every other outcome is that of a running step. */
function decided(outcome: Outcome): Move {
  return moved(outcome.kind, (state) => route(state, outcome))
}

function routed(outcome: Outcome, { seq, recorded }: { seq: number; recorded: string }): Move {
  const apply = (state: RunState, limits: Limits | null) =>
    route({ ...state, status: 'running' }, withLimits(outcome, limits))
  return { kind: 'moved', seq, after: outcome.kind, recorded, apply }
}

function withLimits(outcome: Outcome, limits: Limits | null): Outcome {
  if (outcome.kind !== 'prepared' || limits === null) return outcome
  return { ...outcome, limits: ownLimits(limits, outcome.limits) }
}

const errorSchema = z.looseObject({ error: z.looseObject({ code: z.string(), message: z.string() }) })

function givenUp(data: HistoryEntry['data']): Move | null {
  const parsed = errorSchema.safeParse(data)
  if (!parsed.success) return null
  const { code, message } = parsed.data.error
  const outcome: Outcome = { kind: 'error', transient: false, gaveUp: true, code, message }
  return moved('given up', (state) => route({ ...state, status: 'running' }, outcome))
}

const told = (state: RunState): string => `${state.step} (${state.status})`

function whyOf({ gate, ending }: RunState): string | null {
  return ending ?? gate?.reason ?? null
}
