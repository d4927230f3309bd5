import type { FlowStep } from '@/lib/core/flow'
import { defaultLimits, type GatePolicy, type Limits } from '@/lib/core/limits'
import type { Outcome, OutcomeKind } from '@/lib/core/outcome'
import type { Task } from '@/lib/core/plan'
import type { Review, ReviewComment } from '@/lib/core/review'
import { legalOutcomes, route } from '@/lib/core/route'
import { initialState, type RunState } from '@/lib/core/run'

export function gatePolicy(id: string, change: Partial<GatePolicy> = {}): GatePolicy {
  const trigger = `before_merge_to_${id.replace(/^pre-merge-/, '')}`
  return {
    id,
    trigger,
    type: 'human_approval',
    requiredApprovers: 1,
    timeoutHours: 24,
    onTimeout: 'block',
    notify: [],
    ...change,
  }
}

/** Gates as `devpilot init` writes them: one for staging, one for main. */
export const bothGates: readonly GatePolicy[] = [
  gatePolicy('pre-merge-staging'),
  gatePolicy('pre-merge-main'),
]

export function limitsOf(change: Partial<Limits> = {}): Limits {
  return { ...defaultLimits, gates: [...bothGates], maxSteps: 1_000_000, ...change }
}

export function someTask(id: string, dependencies: readonly string[] = []): Task {
  return {
    id,
    title: `Task ${id}`,
    description: '',
    files_likely_affected: [`src/${id}.ts`],
    acceptance_criteria: ['it works'],
    estimated_complexity: 'low',
    dependencies: [...dependencies],
  }
}

export function someReview(change: Partial<Review> = {}): Review {
  return { decision: 'approve', confidence: 0.99, comments: [], summary: 'Read.', ...change }
}

export function someComment(change: Partial<ReviewComment> = {}): ReviewComment {
  return {
    file: 'src/a.ts',
    line: 1,
    severity: 'blocking',
    category: 'correctness',
    body: 'Wrong.',
    ...change,
  }
}

/** The state after `prepare` of a run with this flow. */
export function begun(flow: readonly FlowStep[], limits: Partial<Limits> = {}, target = 'main'): RunState {
  const state: RunState = { ...initialState(defaultLimits), status: 'running' }
  const full = flow[0] === 'prepare' ? flow : ['prepare', ...flow]
  return route(state, {
    kind: 'prepared',
    flow: [...full],
    limits: limitsOf(limits),
    target,
    mainBranch: 'main',
  })
}

export function follow(state: RunState, ...outcomes: readonly Outcome[]): RunState {
  return outcomes.reduce(route, state)
}

const reason = 'because'
/** Every shape of outcome that the router tells apart, by kind. */
const shapes: Readonly<Record<OutcomeKind, (state: RunState) => readonly Outcome[]>> = {
  prepared: ({ flow, limits, target }) => [
    { kind: 'prepared', flow, limits, target: target || 'main', mainBranch: 'main' },
  ],
  done: () => [{ kind: 'done' }],
  planned: () => [
    { kind: 'planned', tasks: [someTask('T1'), someTask('T2', ['T1'])], confidence: 0.9, blockers: [] },
    { kind: 'planned', tasks: [someTask('T1')], confidence: 0.1, blockers: [] },
    { kind: 'planned', tasks: [someTask('T1')], confidence: 0.9, blockers: ['no access'] },
    { kind: 'planned', tasks: [someTask('T1', ['T2']), someTask('T2', ['T1'])], confidence: 1, blockers: [] },
  ],
  abort: () => [{ kind: 'abort', reason }],
  needs_scope: () => [{ kind: 'needs_scope', files: ['other.ts'], reason }],
  out_of_iterations: () => [{ kind: 'out_of_iterations', reason }],
  reviewed: () => [
    { kind: 'reviewed', review: someReview() },
    { kind: 'reviewed', review: someReview({ confidence: 0.2 }) },
    { kind: 'reviewed', review: someReview({ decision: 'request_changes', comments: [someComment()] }) },
    { kind: 'reviewed', review: someReview({ decision: 'escalate_to_human' }) },
    { kind: 'reviewed', review: someReview({ comments: [someComment({ category: 'security' })] }) },
  ],
  tests_passed: () => [{ kind: 'tests_passed' }],
  tests_failed: () => [{ kind: 'tests_failed', failing: ['a'], reason }],
  coverage_low: () => [{ kind: 'coverage_low', percent: 10, threshold: 80 }],
  fixed: () => [{ kind: 'fixed' }],
  exhausted: () => [{ kind: 'exhausted', reason }],
  stuck: () => [{ kind: 'stuck', reason }],
  secrets_found: () => [{ kind: 'secrets_found', reason }],
  adopted: () => [{ kind: 'adopted', headSha: 'f00' }],
  waiting: () => [{ kind: 'waiting' }],
  approved: () => [{ kind: 'approved' }],
  rejected: () => [{ kind: 'rejected', reason }],
  timeout: () => [{ kind: 'timeout' }],
  evidence_changed: () => [{ kind: 'evidence_changed', reason }],
  error: () => [
    { kind: 'error', transient: true, code: 'model_error', message: reason },
    { kind: 'error', transient: false, code: 'internal', message: reason },
  ],
  budget_spent: () => [{ kind: 'budget_spent', reason }],
}

/** One outcome of every kind, legal or not. */
export function anyOutcomes(state: RunState): readonly Outcome[] {
  return Object.values(shapes).flatMap((make) => make(state))
}

export function legalShapes(state: RunState): readonly Outcome[] {
  return legalOutcomes(state).flatMap((kind) => shapes[kind](state))
}
