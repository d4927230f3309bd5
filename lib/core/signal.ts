import { z } from 'zod'
import { AppError } from './app-error'
import { type FlowStep, isGate, parseStep } from './flow'
import type { ResumePoint, RunState } from './run'
import { isEnded } from './status'

/** What a person can do to a run at any time, beside deciding a gate. Each is audited with who and why. */
export const signalSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('cancel') }),
  /** Without `from`: the step that failed, or the one the run stands at. */
  z.object({ kind: z.literal('retry'), from: z.string().optional() }),
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
      return { ...state, status: 'cancelled', gate: null, ending: `Cancelled at ${state.step}.` }
    case 'resume':
      if (state.status !== 'paused_budget') throw refused(state, 'resumed')
      return { ...state, status: 'running' }
    case 'retry':
      return retry(state, signal.from)
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
  const index = state.flow.indexOf(step)
  if (index === -1 && from !== undefined && step !== state.error?.step) {
    throw new AppError('bad_request', `The flow of this run has no step ${step}.`, {
      mend: `Its steps are ${state.flow.join(', ')}.`,
    })
  }
  const counts = { rework: 0, replans: 0, fixes: 0, attempts: 0, stuck: 0, reapprovals: 0, steps: 0 }
  const back = index === -1 ? state.index : index
  const cleared = { ...state, status: 'running' as const, counts, index: back, error: null, ending: null }
  if (!isGate(step)) return { ...cleared, step, gate: null }
  const after = state.flow[back + 1] ?? 'end'
  const resume: ResumePoint = { step: after, index: back + 1, taskIndex: state.taskIndex, grants: [] }
  return {
    ...cleared,
    step,
    gate: { step, reason: `Asked again at ${step}.`, resume, timeouts: 0, overdue: false },
  }
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
  const index = Math.max(state.flow.indexOf(here), state.index)
  const next = state.flow.findIndex((step, i) => i > index && !state.skipped.includes(step))
  const step = state.flow[next]
  if (step === undefined)
    return { ...state, status: 'succeeded', step: 'end', error: null, ending: `${here} was skipped.` }
  return retry({ ...state, status: 'failed', error: null }, step)
}

function refused(state: RunState, what: string, mend?: string): AppError {
  return new AppError(
    'illegal_transition',
    `A run that is ${state.status} cannot be ${what}.`,
    mend ? { mend } : {},
  )
}
