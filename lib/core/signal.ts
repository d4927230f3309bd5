import { z } from 'zod'
import { AppError } from './app-error'
import { type FlowStep, isGate, parseStep } from './flow'
import { reviewCommentSchema } from './review'
import type { ResumePoint, RunState } from './run'
import { isEnded, runStatuses } from './status'
import { type HeedingStep, heeding, withWishes } from './wishes'

/** What a person can do to a run at any time, beside deciding a gate. Each is audited with who and why. */
export const signalSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('cancel') }),
  /** Without `from`: the step that failed, or the one the run stands at. `said`: what people want changed. */
  z.object({
    kind: z.literal('retry'),
    from: z.string().optional(),
    said: z.array(reviewCommentSchema).optional(),
  }),
  z.object({ kind: z.literal('skip') }),
  /** The budget was raised. */
  z.object({ kind: z.literal('resume') }),
])
export type Signal = z.infer<typeof signalSchema>

/**
 * The state after a person's signal.
 * @throws AppError('illegal_transition') with what can be done instead.
 */
export function applySignal(state: RunState, signal: Signal): RunState {
  switch (signal.kind) {
    case 'cancel':
      if (isEnded(state.status)) throw refused(state, 'cancelled')
      return { ...state, status: 'cancelled', ending: `Cancelled at ${state.step}.` }
    case 'resume':
      if (state.status !== 'paused_budget') throw refused(state, 'resumed')
      return { ...state, status: 'running' }
    case 'retry':
      return withWishes(state, retry(state, signal.from), signal.said ?? [])
    case 'skip':
      return skip(state)
    default:
      return signal satisfies never
  }
}

function retry(state: RunState, from: string | undefined): RunState {
  if (state.status === 'succeeded') throw refused(state, 'retried', 'Start a new run.')
  if (!isEnded(state.status)) throw refused(state, 'retried', 'Cancel it first, or decide its gate.')
  const step = from ? parseStep(from) : stoppedAt(state)
  const index = from ? placeOf(state, step) : state.index
  const counts = { rework: 0, replans: 0, fixes: 0, attempts: 0, stuck: 0, reapprovals: 0, steps: 0 }
  const cleared: RunState = { ...state, status: 'running', step, counts, index, error: null, ending: null }
  if (!isGate(step)) return { ...cleared, gate: null }
  const resume =
    !from && state.gate?.step === step
      ? state.gate.resume
      : { ...holdingAfter(state, index), taskIndex: state.taskIndex, grants: [] }
  return {
    ...cleared,
    gate: { step, reason: `Asked again at ${step}.`, resume, timeouts: 0, overdue: false },
  }
}

/** Where a step stands, for a run that is to begin there again: never behind a gate that was not passed. */
function placeOf(state: RunState, step: FlowStep): number {
  if (step === state.error?.step) return state.index
  const barred = barredFrom(state, step)
  if (barred !== null) throw new AppError('bad_request', barred.message, { mend: barred.mend })
  return state.flow.indexOf(step)
}

/** Why a run cannot begin again at a step, and what instead; null: it can. */
function barredFrom(state: RunState, step: FlowStep): { message: string; mend: string } | null {
  const index = state.flow.indexOf(step)
  if (index === -1) {
    return {
      message: `The flow of this run has no step ${step}.`,
      mend: `Its steps are ${state.flow.join(', ')}.`,
    }
  }
  const ahead = state.flow.slice(state.index, index)
  const closed = ahead.find((one) => isGate(one) && !state.skipped.includes(one))
  if (closed === undefined && !state.skipped.includes(step)) return null
  const why =
    closed === undefined
      ? `does not hold for ${state.target}`
      : `stands behind ${closed}, which is not passed`
  return {
    message: `The run cannot begin again at ${step}: it ${why}.`,
    mend: `Retry from ${closed ?? stoppedAt(state)}.`,
  }
}

/** The step that a rejected change is best sent back to with what people said of it; null: there is none. */
export function sendsBackTo(state: RunState): HeedingStep | null {
  if (state.status !== 'rejected') return null
  const open = heeding.filter((step) => barredFrom(state, step) === null)
  // What was rejected before anything was coded is the plan.
  const planned = state.index < state.flow.indexOf('coder') && open.includes('planner')
  return planned ? 'planner' : (open[0] ?? null)
}

/** The first step behind a place of the flow that holds for this run. */
function holdingAfter(state: RunState, place: number): Pick<ResumePoint, 'step' | 'index'> {
  const index = state.flow.findIndex((step, i) => i > place && !state.skipped.includes(step))
  return index === -1
    ? { step: 'end', index: state.flow.length }
    : { step: state.flow[index] ?? 'end', index }
}

function stoppedAt(state: RunState): FlowStep {
  if (state.error) return parseStep(state.error.step)
  if (state.step !== 'end') return state.step
  return state.flow[Math.min(state.index, state.flow.length - 1)] ?? 'prepare'
}

/** Leaves out the step the run stands at; a gate is decided, not skipped. */
function skip(state: RunState): RunState {
  if (isEnded(state.status) && state.status !== 'failed') throw refused(state, 'skipped')
  const here = stoppedAt(state)
  if (isGate(here)) throw refused(state, 'skipped', 'Decide the gate instead.')
  if (here === 'prepare') throw refused(state, 'skipped', 'Nothing can run before prepare.')
  const next = holdingAfter(state, state.index)
  if (next.step === 'end')
    return { ...state, status: 'succeeded', step: 'end', error: null, ending: `${here} was skipped.` }
  // Told as stopped there, so that the next step is begun as a retry begins one.
  return retry({ ...state, ...next, status: 'failed', error: null }, undefined)
}

function refused(state: RunState, what: string, mend?: string): AppError {
  return new AppError(
    'illegal_transition',
    `A run that is ${runStatuses[state.status].label.toLowerCase()} cannot be ${what}.`,
    mend ? { mend } : {},
  )
}
