import type { Outcome } from '@/lib/core/outcome'
import type { RunState } from '@/lib/core/run'
import type { RunStatus } from '@/lib/core/status'

/** Raised with every change of workflow.ts that a recorded history can tell (each behind `patched()`). */
export const WORKFLOW_VERSION = 2

/** After this silence of a worker its steps are given to another, in milliseconds. */
export const HEARTBEAT_MS = 12_000
/** How often a step says that it lives. */
export const BEAT_MS = 3_000

/** The workflow's type, as histories name it. */
export const WORKFLOW = 'devpilotRun'

export const workflowId = (runId: string): string => `devpilot-run-${runId}`

/** Steps have a queue of their own: an hour's step must not stand in the way of another run's short writes. */
export const stepsQueue = (taskQueue: string): string => `${taskQueue}-steps`

/** A claim on its way through Temporal: every attempt of an activity takes the lease anew, with a higher token. */
export interface Held {
  readonly jobId: string
  readonly runId: string
  readonly token: number
  readonly owner: string
}

export interface RunInput {
  readonly runId: string
  /** After this silence a step is given to another worker, in milliseconds. */
  readonly heartbeatMs: number
  /** Events after which the workflow goes on as a new one; without it when the server says so. */
  readonly maxEvents?: number
  /** Of a workflow that goes on as a new one: what it had, and what it was told since. */
  readonly claims?: readonly Held[]
}

/** What a workflow is doing, as its query and its update answer. */
export interface View {
  readonly doing: 'driving' | 'waiting'
  /** The step under way, or that the run stands at. */
  readonly step: string | null
  /** Of the claim that it drives the run by. */
  readonly owner: string | null
}

/** What a step's activity gives the workflow: nothing that a file or a model said beyond the outcome. */
export interface Did {
  readonly token: number
  readonly bead: {
    readonly id: string
    readonly seq: number
    readonly step: string
    readonly attempt: number
  }
  readonly outcome: Outcome
}

export interface Settling {
  readonly held: Held
  readonly bead: Did['bead']
  /** What the run is routed by. */
  readonly outcome: Outcome
  readonly next: RunState
  /** The step's own result could not be routed or kept; `outcome` stands for it alone. */
  readonly replaced: boolean
}

export interface Look {
  readonly status: RunStatus
  readonly step: string
  readonly ended: boolean
  /** Milliseconds until the run's job is due; null when somebody has to wake it, or has it. */
  readonly dueInMs: number | null
  /** Of the job, as it was when it was looked at. */
  readonly token: number
}

/** The activities, as the workflow calls them. Each is safe to do twice. */
export interface Activities {
  /** Takes the lease and reads the run's state, without what looks like a secret. */
  load(held: Held): Promise<{ readonly token: number; readonly state: RunState }>
  /** Does the step that the run stands at; one that was done already gives its kept result again. */
  step(held: Held): Promise<Did>
  /** Bead, state, audit and event; the claim to go on with, or null when the run waits or has ended. */
  settle(input: Settling): Promise<Held | null>
  /** A gate has lapsed: the state that follows. */
  lapse(input: { readonly held: Held; readonly next: RunState }): Promise<void>
  /** Ends a run whose step could not be begun as often as its limits allow. */
  giveUp(input: { readonly held: Held; readonly next: RunState }): Promise<void>
  /** Whether this claim still has the run. Reads only. */
  holds(held: Held): Promise<boolean>
  /** Gives the run back, if this claim still has it, for longer each time. */
  release(held: Held): Promise<void>
  /** What the run waits for. */
  look(runId: string): Promise<Look>
  /**
   * Claims this one run if its time has come.
   * @param input.orphan also when another claim of Temporal has it by this token, for a workflow that drives nothing
   */
  claim(input: { readonly runId: string; readonly orphan: number | null }): Promise<Held | null>
}

/** What a failure brings along: the error as an outcome, and the token that its attempt had taken. */
export interface FailureDetails {
  readonly token: number
  readonly outcome: Outcome
}

/** Types of failures that the workflow tells apart. */
export const failures = {
  /** Another worker or a person has the run now. */
  lost: 'lease_lost',
  /** The step could not be begun, as often as the limits allow. Has `FailureDetails`. */
  unbegun: 'cannot_begin',
  /** The result cannot be kept, now or later. Has `FailureDetails`. */
  unsettled: 'cannot_settle',
} as const
