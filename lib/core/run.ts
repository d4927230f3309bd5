import { z } from 'zod'
import { type FlowStep, isGate } from './flow'
import { gateHolds, type Limits, limitsSchema } from './limits'
import { type Task, taskSchema } from './plan'
import { reviewCommentSchema } from './review'
import { isEnded, runStatusNames } from './status'

const flowStep = z.custom<FlowStep>((value) => typeof value === 'string')

/** Where a run goes on once a gate lets it: a step of the flow, or the next task's coder. */
export const resumePointSchema = z.object({
  step: z.union([flowStep, z.literal('end')]),
  index: z.int(),
  taskIndex: z.int(),
  /** Files that the approval adds to the current task's scope. */
  grants: z.array(z.string()),
})
export type ResumePoint = z.infer<typeof resumePointSchema>

export const countsSchema = z.object({
  /** Times a reviewer (or coverage) sent the coder back for the current task. */
  rework: z.int(),
  replans: z.int(),
  fixes: z.int(),
  /** Tries of the current step at transient errors. */
  attempts: z.int(),
  stuck: z.int(),
  reapprovals: z.int(),
  /** Times commits of people were taken over at a gate. */
  adoptions: z.int().optional(),
  /** Routed outcomes in all. */
  steps: z.int(),
})

/**
 * The whole of a run that decides its way. It is stored as one JSON document beside the run's row, and only
 * `route()` and the signals of ./signal.ts make a new one.
 */
export const runStateSchema = z.object({
  status: z.enum(runStatusNames),
  flow: z.array(flowStep),
  /** Place in the flow; steps that are inserted (a debugger, a coder sent back) keep the place they return to. */
  index: z.int(),
  /** What is to be done now. */
  step: z.union([flowStep, z.literal('end')]),
  target: z.string(),
  limits: limitsSchema,
  tasks: z.array(taskSchema),
  taskIndex: z.int(),
  counts: countsSchema,
  /** Why a gate is asked, and where its approval leads. */
  gate: z
    .object({
      step: flowStep,
      reason: z.string(),
      resume: resumePointSchema,
      timeouts: z.int(),
      overdue: z.boolean(),
    })
    .nullable(),
  /** What the coder is told when it is sent back. */
  feedback: z.array(reviewCommentSchema),
  /** Files changed since a tester last passed. */
  untested: z.boolean(),
  /** Gates of the flow that do not hold for this target. */
  skipped: z.array(flowStep),
  error: z
    .object({
      code: z.string(),
      message: z.string(),
      mend: z.string().optional(),
      step: z.string(),
      /** Not a verdict on the change: tries ran out, or no worker lived through the step. Such runs are put back. */
      gaveUp: z.boolean().optional(),
      /** Of a run that was given up: how often it was tried. */
      tries: z.int().optional(),
    })
    .nullable(),
  /** Why an ended run ended, for people. */
  ending: z.string().nullable(),
  /** Why a run that is out of money last stopped. */
  pause: z.string().optional(),
})
export type RunState = z.infer<typeof runStateSchema>

/** The state of a run that was just asked for: everything else is found out by `prepare`. */
export function initialState(limits: Limits): RunState {
  return {
    status: 'queued',
    flow: ['prepare'],
    index: 0,
    step: 'prepare',
    target: '',
    limits,
    tasks: [],
    taskIndex: 0,
    counts: { rework: 0, replans: 0, fixes: 0, attempts: 0, stuck: 0, reapprovals: 0, steps: 0 },
    gate: null,
    feedback: [],
    untested: false,
    skipped: [],
    error: null,
    ending: null,
  }
}

export function currentTask(state: RunState): Task | null {
  return state.tasks[state.taskIndex] ?? null
}

/** Gates of a flow that hold nothing back for this target branch. One without a policy holds: it is never passed by. */
export function gatesToSkip(
  flow: readonly FlowStep[],
  limits: Limits,
  target: string,
  mainBranch: string,
): FlowStep[] {
  return flow.filter((step) => {
    if (!isGate(step)) return false
    const policy = limits.gates.find((gate) => `gate:${gate.id}` === step)
    return policy !== undefined && !gateHolds(policy, target, mainBranch)
  })
}

/** The status as a person reads it: why it waits, or how it ended. */
export function describeState(state: RunState): string {
  if (isEnded(state.status)) return state.ending ?? state.status
  if (state.status === 'waiting_gate') return state.gate?.reason ?? 'Waiting for a decision.'
  if (state.status === 'paused_budget') return state.pause ?? 'Its budget is spent.'
  const task = currentTask(state)
  return task ? `${state.step} · ${task.id} ${task.title}` : state.step
}
