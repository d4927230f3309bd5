import { AppError } from './app-error'
import { CONFIDENCE_GATE, type FlowStep, isGate } from './flow'
import { exampleTasks, type Moment, momentsAt } from './flow-moments'
import type { Limits } from './limits'
import { route } from './route'
import { initialState, type RunState } from './run'
import type { RunStatus } from './status'

/** Where an arrow leads: a step, people at the confidence gate, or the run's end. */
export type FlowTarget =
  | { readonly kind: 'step'; readonly step: FlowStep }
  | { readonly kind: 'people' }
  | { readonly kind: 'end'; readonly status: RunStatus }

export interface FlowEdge {
  readonly from: FlowStep
  readonly to: FlowTarget
  /** What leads there, in a few words; empty where nothing else can happen. */
  readonly when: readonly string[]
  /** `next`: on; `back`: to a step that was there before, or beside the flow. */
  readonly way: 'next' | 'back' | 'out'
}

export interface FlowGraph {
  /** The flow's steps in their order, each followed by the steps that are only ever inserted after it. */
  readonly steps: readonly { readonly step: FlowStep; readonly inserted: boolean }[]
  readonly edges: readonly FlowEdge[]
}

/**
 * A flow as the state machine that it is. Every arrow was found by asking `route()` what comes after an outcome, so
 * the picture cannot say anything else than what runs do.
 */
export function flowGraph(flow: readonly FlowStep[], limits: Limits): FlowGraph {
  const open: RunState[] = flow.map((_, index) => stateAt(flow, limits, index))
  const steps = flow.map((step) => ({ step, inserted: false }))
  const edges: FlowEdge[] = []
  if (flow.length > 1) edges.push(edge('prepare', stepTarget(flow[1]), '', steps))
  for (let state = open.shift(); state; state = open.shift()) {
    const from = state.step
    if (from === 'end') continue
    for (const moment of momentsAt(from, limits)) {
      const next = after(state, moment)
      if (next === null) continue
      const { step } = next
      if (step !== 'end' && step !== CONFIDENCE_GATE && !steps.some((known) => known.step === step)) {
        steps.splice(steps.findIndex((known) => known.step === from) + 1, 0, { step, inserted: true })
        open.push({ ...next, counts: initialState(limits).counts })
      }
      add(edges, edge(from, targetOf(next), moment.when, steps))
    }
  }
  return { steps, edges }
}

function stateAt(flow: readonly FlowStep[], limits: Limits, index: number): RunState {
  const step = flow[index] ?? 'prepare'
  const base: RunState = {
    ...initialState(limits),
    status: 'running',
    flow: [...flow],
    index,
    step,
    target: 'main',
    tasks: exampleTasks,
    taskIndex: exampleTasks.length - 1,
  }
  if (!isGate(step)) return base
  const resume = { step: flow[index + 1] ?? 'end', index: index + 1, taskIndex: 0, grants: [] } as const
  const gate = { step, reason: '', resume: { ...resume, grants: [] }, timeouts: 0, overdue: false }
  return { ...base, status: 'waiting_gate', gate }
}

/** The state after a moment; null where it cannot happen there. */
function after(state: RunState, { outcome, counts, taskIndex, overdue = 0 }: Moment): RunState | null {
  const gate = state.gate === null ? null : { ...state.gate, timeouts: overdue }
  const at = {
    ...state,
    gate,
    counts: { ...state.counts, ...counts },
    taskIndex: taskIndex ?? state.taskIndex,
  }
  try {
    return route(at, outcome)
  } catch (error) {
    if (error instanceof AppError && error.code === 'illegal_transition') return null
    throw error
  }
}

function stepTarget(step: FlowStep | undefined): FlowTarget {
  return step === undefined ? { kind: 'end', status: 'succeeded' } : { kind: 'step', step }
}

function targetOf({ step, status }: RunState): FlowTarget {
  if (step === 'end') return { kind: 'end', status }
  return step === CONFIDENCE_GATE ? { kind: 'people' } : { kind: 'step', step }
}

function edge(from: FlowStep, to: FlowTarget, when: string, steps: FlowGraph['steps']): FlowEdge {
  const said = when === '' ? [] : [when]
  if (to.kind !== 'step') {
    const ends = to.kind === 'end' && to.status === 'succeeded'
    return { from, to, when: said, way: ends ? 'next' : 'out' }
  }
  const place = (step: FlowStep) => steps.findIndex((known) => known.step === step)
  return { from, to, when: said, way: place(to.step) > place(from) ? 'next' : 'back' }
}

/** One arrow for all that leads from one place to another. */
function add(edges: FlowEdge[], one: FlowEdge): void {
  const key = (edge: FlowEdge) => `${edge.from} ${JSON.stringify(edge.to)}`
  const at = edges.findIndex((known) => key(known) === key(one))
  const known = edges[at]
  if (known === undefined) edges.push(one)
  else edges[at] = { ...known, when: [...new Set([...known.when, ...one.when])] }
}

/** Where a run goes at an arrow, in words. */
export function targetText(to: FlowTarget): string {
  switch (to.kind) {
    case 'step':
      return to.step.replace(/^gate:/, 'gate ')
    case 'people':
      return 'people are asked'
    case 'end':
      return `ends ${to.status}`
    default:
      return to satisfies never
  }
}
