import { type FlowStep, isGate } from './flow'
import type { Limits } from './limits'
import type { Outcome } from './outcome'
import type { Task } from './plan'
import type { ReviewComment } from './review'
import { policyOf } from './route'
import type { RunState } from './run'

/** Something that may happen at a step, for a picture of a flow: the outcome, and the counts that it comes at. */
export interface Moment {
  readonly outcome: Outcome
  readonly counts?: Partial<RunState['counts']>
  /** Which of the two tasks of the example; 1 is the last. */
  readonly taskIndex?: number
  readonly overdue?: number
  /** In a few words, as it stands at an arrow. */
  readonly when: string
}

const reason = 'why'
const task = (id: string): Task => ({
  id,
  title: id,
  description: '',
  files_likely_affected: ['./'],
  acceptance_criteria: ['done'],
  estimated_complexity: 'medium',
  dependencies: [],
})
export const exampleTasks: Task[] = [task('T1'), task('T2')]

/** What can happen at a step of a run; transient errors, lasting ones and spent budgets may happen at every one. */
export function momentsAt(step: FlowStep, limits: Limits): readonly Moment[] {
  if (isGate(step)) return gateMoments(step, limits)
  switch (step) {
    case 'planner':
      return plannerMoments(limits)
    case 'coder':
      return coderMoments(limits)
    case 'reviewer':
      return reviewerMoments(limits)
    case 'tester':
      return testerMoments(limits)
    case 'debugger':
      return [
        { outcome: { kind: 'fixed' }, when: 'fixed' },
        { outcome: { kind: 'exhausted', reason }, when: 'found no fix' },
        { outcome: { kind: 'abort', reason }, when: 'cannot be fixed here' },
        stuck,
      ]
    case 'scaffold':
      return [done, { outcome: { kind: 'abort', reason }, when: 'nothing is missing' }]
    case 'write':
      return [done, { outcome: { kind: 'abort', reason }, when: 'the base changed meanwhile' }]
    case 'pr':
      return [
        done,
        { outcome: { kind: 'abort', reason }, when: 'nothing changed' },
        { outcome: { kind: 'secrets_found', reason }, when: 'seems to carry secrets' },
      ]
    case 'merge':
      return [done, { outcome: { kind: 'evidence_changed', reason }, when: 'changed since it was approved' }]
    case 'prepare':
      return []
    case 'evaluate':
    case 'reflect':
    case 'cleanup':
      return [done]
    default:
      return step satisfies never
  }
}

const done: Moment = { outcome: { kind: 'done' }, when: '' }
const stuck: Moment = { outcome: { kind: 'stuck', reason }, when: 'no progress' }

function plannerMoments({ confidenceThreshold }: Limits): Moment[] {
  const planned = { kind: 'planned', tasks: exampleTasks, blockers: [] } as const
  return [
    { outcome: { ...planned, tasks: [...exampleTasks], blockers: [], confidence: 1 }, when: '' },
    {
      outcome: { ...planned, tasks: [...exampleTasks], blockers: ['one'], confidence: 0 },
      when: `under ${confidenceThreshold} sure, or blockers`,
    },
    { outcome: { kind: 'abort', reason }, when: 'nothing to be done' },
    stuck,
  ]
}

function coderMoments({ maxReplans }: Limits): Moment[] {
  const outcome: Outcome = { kind: 'needs_scope', files: ['a'], reason }
  return [
    { ...done, taskIndex: 1 },
    {
      outcome,
      counts: { replans: Math.max(0, maxReplans - 1) },
      when: `needs other files, up to ${maxReplans} times`,
    },
    { outcome, counts: { replans: maxReplans }, when: 'still needs other files' },
    { outcome: { kind: 'out_of_iterations', reason }, when: 'out of turns' },
    stuck,
  ]
}

function reviewerMoments(limits: Limits): Moment[] {
  const comment: ReviewComment = { file: 'a', line: null, severity: 'blocking', category: 'style', body: 'x' }
  const review = { confidence: 1, comments: [comment], summary: 'x' }
  const asked: Outcome = { kind: 'reviewed', review: { ...review, decision: 'request_changes' } }
  const approves: Outcome = { kind: 'reviewed', review: { ...review, comments: [], decision: 'approve' } }
  const unsure: Outcome = { kind: 'reviewed', review: { ...approves.review, confidence: 0 } }
  const blockOn = limits.blockOn.join(', ')
  return [
    { outcome: approves, taskIndex: 1, when: 'approves' },
    { outcome: approves, taskIndex: 0, when: 'approves, next task' },
    ...(limits.maxIterations > 1
      ? [{ outcome: asked, taskIndex: 1, when: `asks for changes, ${limits.maxIterations} tries` }]
      : []),
    { outcome: asked, counts: { rework: limits.maxIterations - 1 }, when: 'still asks for changes' },
    { outcome: unsure, when: `under ${limits.autoApproveThreshold} sure${blockOn ? `, or ${blockOn}` : ''}` },
    stuck,
  ]
}

function testerMoments({ maxFixAttempts, maxIterations }: Limits): Moment[] {
  const failed: Outcome = { kind: 'tests_failed', failing: ['a'], reason }
  const low: Outcome = { kind: 'coverage_low', percent: 1, threshold: 2 }
  return [
    { outcome: { kind: 'tests_passed' }, when: 'pass' },
    { outcome: failed, when: `fail, up to ${maxFixAttempts} fixes` },
    { outcome: failed, counts: { fixes: maxFixAttempts }, when: 'still fail' },
    ...(maxIterations > 1 ? [{ outcome: low, taskIndex: 1, when: 'coverage too low' }] : []),
    { outcome: { kind: 'exhausted', reason }, when: 'cannot be run' },
    stuck,
  ]
}

function gateMoments(step: FlowStep, limits: Limits): Moment[] {
  const { timeoutHours, onTimeout } = policyOf({ limits }, step)
  const lapse = (when: string, overdue = 0): Moment => ({ outcome: { kind: 'timeout' }, overdue, when })
  const lapses =
    timeoutHours === null || onTimeout === 'block'
      ? []
      : onTimeout === 'auto_approve'
        ? [lapse(`nobody decided in ${timeoutHours} h`)]
        : [lapse(`nobody decided in ${timeoutHours} h, twice`, 1)]
  return [
    { outcome: { kind: 'approved' }, when: 'approved' },
    { outcome: { kind: 'rejected', reason }, when: 'rejected' },
    ...lapses,
  ]
}
