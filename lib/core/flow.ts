import { AppError } from './app-error'

/** Steps that this version can run. `gate:<id>` stands beside them. */
export const stepNames = [
  'prepare',
  'planner',
  'coder',
  'reviewer',
  'tester',
  'debugger',
  'scaffold',
  'write',
  'pr',
  'evaluate',
  'merge',
  'reflect',
  'cleanup',
] as const
export type StepName = (typeof stepNames)[number]
export type GateStep = `gate:${string}`
export type FlowStep = StepName | GateStep

/** The confidence gate is never in a flow: runs are sent to it. */
export const CONFIDENCE_GATE: GateStep = 'gate:confidence-gate'

const agentSteps = [
  'planner',
  'coder',
  'reviewer',
  'tester',
  'debugger',
] as const satisfies readonly StepName[]
export type AgentName = (typeof agentSteps)[number]
export const agentNames = agentSteps

/** The agents that a flow may come to: a tester that finds a failure leads to the debugger. */
export function agentsOf(flow: readonly FlowStep[]): AgentName[] {
  return agentNames.filter(
    (agent) => flow.includes(agent) || (agent === 'debugger' && flow.includes('tester')),
  )
}

export type StepCategory = 'agent' | 'check' | 'gate' | 'effect'

export function categoryOf(step: FlowStep): StepCategory {
  if (isGate(step)) return 'gate'
  switch (step) {
    case 'planner':
    case 'coder':
    case 'reviewer':
    case 'tester':
    case 'debugger':
      return 'agent'
    case 'prepare':
    case 'evaluate':
    case 'scaffold':
    case 'write':
      return 'check'
    case 'pr':
    case 'merge':
    case 'reflect':
    case 'cleanup':
      return 'effect'
    default:
      return step satisfies never
  }
}

export function isGate(step: FlowStep): step is GateStep {
  return step.startsWith('gate:')
}

export function gateId(step: GateStep): string {
  return step.slice('gate:'.length)
}

/** Built-in flows, without the `prepare` that begins every one of them. */
export const builtInFlows = {
  issue: [
    'planner',
    'coder',
    'reviewer',
    'tester',
    'pr',
    'evaluate',
    'gate:pre-merge-staging',
    'gate:pre-merge-main',
    'merge',
    'reflect',
  ],
  ci_failure: [
    'debugger',
    'tester',
    'reviewer',
    'pr',
    'evaluate',
    'gate:pre-merge-staging',
    'gate:pre-merge-main',
    'merge',
  ],
  sentry_alert: [
    'debugger',
    'coder',
    'tester',
    'pr',
    'evaluate',
    'gate:pre-merge-staging',
    'gate:pre-merge-main',
    'merge',
  ],
  scaffold: ['scaffold', 'pr', 'gate:pre-merge-staging', 'gate:pre-merge-main', 'merge'],
  config: ['write', 'pr', 'gate:pre-merge-staging', 'gate:pre-merge-main', 'merge'],
  tests: ['tester', 'pr', 'gate:pre-merge-staging', 'gate:pre-merge-main', 'merge'],
  refactor: [
    'planner',
    'coder',
    'reviewer',
    'tester',
    'pr',
    'evaluate',
    'gate:pre-merge-staging',
    'gate:pre-merge-main',
    'merge',
  ],
} as const satisfies Record<string, readonly FlowStep[]>

export type BuiltInFlow = keyof typeof builtInFlows

/**
 * A step name from a config or a flag.
 * @throws AppError('bad_config') that lists the valid names.
 */
export function parseStep(text: string): FlowStep {
  if (/^gate:[a-z0-9][a-z0-9-]*$/.test(text)) return text as GateStep
  const known = stepNames.find((name) => name === text)
  if (known) return known
  throw new AppError('bad_config', `There is no step "${text}".`, {
    mend: `Steps are ${stepNames.join(', ')} and gate:<id>.`,
  })
}

const changesCode: readonly FlowStep[] = ['coder', 'debugger', 'tester', 'scaffold', 'write']

/**
 * A flow as it will run: `prepare` first, and a `pr` after the last gate where the flow changes code and names
 * none (spec.md section 3; a repository that wants approval before anything leaves puts its gate before `pr`).
 * @throws AppError('bad_config') for a step that stands twice: going back to it would have two meanings.
 */
export function completeFlow(steps: readonly FlowStep[]): FlowStep[] {
  const flow: FlowStep[] = steps[0] === 'prepare' ? [...steps] : ['prepare', ...steps]
  const twice = flow.find((step, index) => flow.indexOf(step) < index)
  if (twice !== undefined) {
    throw new AppError('bad_config', `The flow names ${twice} twice.`, {
      mend: 'Name each step once; the router goes back to coder, reviewer and tester by itself.',
    })
  }
  if (flow.includes('pr') || !flow.some((step) => changesCode.includes(step))) return flow
  flow.splice(placeOfPullRequest(flow), 0, 'pr')
  return flow
}

/** After the last gate, but before a merge, and before what follows the change where no gate comes later. */
function placeOfPullRequest(flow: readonly FlowStep[]): number {
  const merge = flow.indexOf('merge')
  if (merge !== -1) return merge
  const lastGate = flow.findLastIndex(isGate)
  const after = flow.findIndex((step, i) => i > lastGate && (step === 'reflect' || step === 'cleanup'))
  return after === -1 ? flow.length : after
}
