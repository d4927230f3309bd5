import { z } from 'zod'
import { AppError } from './app-error'
import { type FlowStep, type GateStep, isGate } from './flow'
import type { Limits } from './limits'
import type { RunState } from './run'

/** Where a run was forked from another. */
export const forkPlaceSchema = z.object({
  /** The bead of the original; null: the run is begun anew. */
  bead: z.uuid().nullable(),
  seq: z.int(),
  step: z.string(),
  /** The last of the bead's turns that was taken over; null: the step is begun anew. */
  turn: z.int().nullable(),
  /** The commit that the fork's branch starts at. */
  headSha: z.string().nullable(),
})
export type ForkPlace = z.infer<typeof forkPlaceSchema>

/** What a bead that was taken over had cost the run that it comes from. */
export const inheritedSchema = z.object({
  run: z.uuid(),
  bead: z.uuid(),
  turns: z.int(),
  costMicros: z.int(),
  inputTokens: z.int(),
  outputTokens: z.int(),
})
export type Inherited = z.infer<typeof inheritedSchema>

export interface ForkWish {
  /** The state that the run was in when the bead was opened. */
  readonly before: RunState
  /** The conversation of the bead is gone on with. */
  readonly withTurns: boolean
  /** The one user of an installation may let what they approved for the original hold for the fork as well. */
  readonly mayInherit: boolean
  /** Of the fork's own configuration, where it has one. */
  readonly limits?: Limits
}

export interface ForkStart {
  readonly state: RunState
  /** Gates of the flow that people passed in the original and that the fork does not ask again. */
  readonly passed: readonly GateStep[]
}

/**
 * The state that a fork begins with. Nothing that the original did outside is the fork's: behind the original's pull
 * request it begins at `pr` and makes one of its own. What guards the repository stays as the base branch has it.
 * @throws AppError('forbidden') behind a gate that was approved for the original alone, 'bad_request' where the fork
 *   would be in the middle of something that needs the original's pull request
 */
export function forkStart({ before, withTurns, mayInherit, limits }: ForkWish): ForkStart {
  const { pause: _, ...rest } = before
  const place: RunState = {
    ...rest,
    status: 'running',
    error: null,
    ending: null,
    limits: limits ? ownLimits(limits, before.limits) : before.limits,
  }
  const passed = passedGates(before)
  if (passed.length > 0 && !mayInherit) {
    throw new AppError(
      'forbidden',
      `${before.step} stands behind ${passed[0]}, approved for the original alone.`,
      {
        place: 'at',
        mend: `Fork at ${passed[0]}: it is asked again, for the fork.`,
      },
    )
  }
  return { state: withOwnPull(place, withTurns), passed }
}

/** A run's own configuration sets no gates: see `guarded` in ./config-gates.ts. */
export function ownLimits(own: Limits, base: Limits): Limits {
  return { ...own, gates: base.gates, confidenceThreshold: base.confidenceThreshold }
}

function passedGates({ flow, index, skipped, step }: RunState): GateStep[] {
  return flow
    .slice(0, index)
    .filter((one) => isGate(one) && one !== step && !skipped.includes(one)) as GateStep[]
}

function withOwnPull(state: RunState, withTurns: boolean): RunState {
  const { flow, index, step } = state
  const pr = flow.indexOf('pr')
  if (pr === -1 || index <= pr) return state
  if (!withTurns && inItsPlace(state, step)) return { ...state, step: 'pr', index: pr, gate: null }
  throw new AppError('bad_request', `${step} stands behind the pull request of the original.`, {
    place: 'at',
    mend: 'Fork at pr, or at a step before it: the fork makes a pull request of its own.',
  })
}

/** Not a step that was put in between, which goes back to where it came from. */
function inItsPlace({ flow, index }: RunState, step: FlowStep | 'end'): boolean {
  return step !== 'end' && (flow[index] === step || (isGate(step) && flow.includes(step)))
}
