import { describe, expect, test } from 'vitest'
import { builtInFlows, completeFlow, type FlowStep, parseStep } from '@/lib/core/flow'
import type { Outcome } from '@/lib/core/outcome'
import { route } from '@/lib/core/route'
import type { RunState } from '@/lib/core/run'
import { begun, follow, gatePolicy, someComment, someReview, someTask } from '../support/walk'

const reason = 'because'
const issue = begun(builtInFlows.issue)
const planned: Outcome = {
  kind: 'planned',
  tasks: [someTask('T2', ['T1']), someTask('T1')],
  confidence: 0.9,
  blockers: [],
}
const done: Outcome = { kind: 'done' }
const waiting: Outcome = { kind: 'waiting' }
const approved: Outcome = { kind: 'approved' }
const reviewed = (change: Parameters<typeof someReview>[0] = {}): Outcome => ({
  kind: 'reviewed',
  review: someReview(change),
})
const failing: Outcome = { kind: 'tests_failed', failing: ['a'], reason }
const coding = follow(issue, planned)
const reviewing = follow(coding, done)
const lastReview = follow(reviewing, reviewed(), done)
const testing = follow(lastReview, reviewed())
const fixing = follow(testing, failing)
const atGate = follow(testing, { kind: 'tests_passed' }, done, done)
const lapsing = (onTimeout: 'block' | 'auto_approve' | 'escalate') => {
  const policy = gatePolicy('pre-merge-main', { onTimeout })
  return follow(begun(['coder', 'gate:pre-merge-main', 'merge'], { gates: [policy] }), done, waiting)
}
const merging = follow(atGate, waiting, approved)
const lastIteration = { maxIterations: 1 }
const here = (state: RunState) => ({ step: state.step, status: state.status })

/** Every row of spec.md section 3, by name: from, outcome, the step and the status that follow. */
const rows: readonly [string, RunState, Outcome, string, string?][] = [
  ['planner: proceed, first task in dependency order', issue, planned, 'coder'],
  ['planner: low confidence', issue, { ...planned, confidence: 0.74 }, 'gate:confidence-gate'],
  ['planner: blockers', issue, { ...planned, blockers: ['no access'] }, 'gate:confidence-gate'],
  ['planner: abort', issue, { kind: 'abort', reason }, 'end', 'aborted'],
  ['coder: done', coding, done, 'reviewer'],
  ['coder: needs a file outside its scope', coding, { kind: 'needs_scope', files: ['x'], reason }, 'planner'],
  ['coder: out of iterations', coding, { kind: 'out_of_iterations', reason }, 'gate:confidence-gate'],
  ['reviewer: approve, next task', reviewing, reviewed({ confidence: 0.92 }), 'coder'],
  ['reviewer: approve, last task', lastReview, reviewed(), 'tester'],
  [
    'reviewer: approve below the threshold',
    reviewing,
    reviewed({ confidence: 0.91 }),
    'gate:confidence-gate',
  ],
  ['reviewer: escalate', reviewing, reviewed({ decision: 'escalate_to_human' }), 'gate:confidence-gate'],
  [
    'reviewer: approve with a block_on finding',
    reviewing,
    reviewed({ comments: [someComment({ category: 'security', severity: 'warning' })] }),
    'gate:confidence-gate',
  ],
  [
    'reviewer: a note of a block_on category holds nothing back',
    reviewing,
    reviewed({ comments: [someComment({ category: 'security', severity: 'note' })] }),
    'coder',
  ],
  ['reviewer: request_changes', reviewing, reviewed({ decision: 'request_changes' }), 'coder'],
  [
    'reviewer: request_changes at max_iterations',
    follow(begun(builtInFlows.issue, lastIteration), planned, done),
    reviewed({ decision: 'request_changes' }),
    'gate:confidence-gate',
  ],
  ['tester: pass', testing, { kind: 'tests_passed' }, 'pr'],
  ['tester: not run', testing, { kind: 'exhausted', reason }, 'gate:confidence-gate'],
  ['tester: fail', testing, failing, 'debugger'],
  [
    'tester: coverage under the threshold',
    testing,
    { kind: 'coverage_low', percent: 1, threshold: 80 },
    'coder',
  ],
  ['debugger: fixed', fixing, { kind: 'fixed' }, 'tester'],
  ['debugger: max_fix_attempts reached', fixing, { kind: 'exhausted', reason }, 'gate:confidence-gate'],
  ['debugger: abort', fixing, { kind: 'abort', reason }, 'end', 'failed'],
  ['gate: opened', atGate, waiting, 'gate:pre-merge-main', 'waiting_gate'],
  ['gate: approved', follow(atGate, waiting), approved, 'merge'],
  ['gate: rejected', follow(atGate, waiting), { kind: 'rejected', reason }, 'end', 'rejected'],
  ['gate: timeout, block', lapsing('block'), { kind: 'timeout' }, 'gate:pre-merge-main', 'waiting_gate'],
  ['gate: timeout, auto_approve', lapsing('auto_approve'), { kind: 'timeout' }, 'merge'],
  [
    'gate: timeout, escalate',
    lapsing('escalate'),
    { kind: 'timeout' },
    'gate:pre-merge-main',
    'waiting_gate',
  ],
  [
    'gate: second timeout, escalate',
    follow(lapsing('escalate'), { kind: 'timeout' }),
    { kind: 'timeout' },
    'end',
    'aborted',
  ],
  ['pr: done', follow(testing, { kind: 'tests_passed' }), done, 'evaluate'],
  ['evaluate: done', follow(testing, { kind: 'tests_passed' }, done), done, 'gate:pre-merge-main'],
  [
    'pr: secrets in the change',
    follow(testing, { kind: 'tests_passed' }),
    { kind: 'secrets_found', reason },
    'gate:confidence-gate',
  ],
  [
    'pr: secrets that people let pass',
    follow(testing, { kind: 'tests_passed' }, { kind: 'secrets_found', reason }, waiting),
    approved,
    'pr',
  ],
  ['merge: done', merging, done, 'reflect'],
  [
    'merge: the change is no longer what was approved',
    merging,
    { kind: 'evidence_changed', reason },
    'gate:pre-merge-main',
  ],
  ['reflect: done, the flow ends', follow(merging, done), done, 'end', 'succeeded'],
  [
    'any: error, transient',
    coding,
    { kind: 'error', transient: true, code: 'model_error', message: 'x' },
    'coder',
  ],
  [
    'any: error, lasting',
    coding,
    { kind: 'error', transient: false, code: 'internal', message: 'x' },
    'coder',
    'failed',
  ],
  ['any: budget spent', coding, { kind: 'budget_spent', reason }, 'coder', 'paused_budget'],
]

describe('commits of people, taken over at a gate', () => {
  const adopted: Outcome = { kind: 'adopted', headSha: 'f00' }
  const passed: Outcome = { kind: 'tests_passed' }

  test('are tested, and only then people are asked', () => {
    const taken = follow(atGate, adopted)
    expect(here(taken)).toEqual({ step: 'tester', status: 'running' })
    expect(here(follow(taken, passed)).step).toBe('gate:pre-merge-main')
    expect(here(follow(taken, failing, { kind: 'fixed' }, passed)).step).toBe('gate:pre-merge-main')
    const stuck = follow(taken, { kind: 'stuck', reason }, waiting, approved, passed)
    expect(here(stuck).step).toBe('gate:pre-merge-main')
  })

  test('after an approval lead over the tester back to the merge, which asks again', () => {
    const again = follow(merging, { kind: 'evidence_changed', reason }, adopted)
    expect(here(again).step).toBe('tester')
    expect(here(follow(again, passed)).step).toBe('merge')
  })

  test('are shown by the gate where there is no tester, and never change one that is open', () => {
    const plain = follow(begun(['coder', 'gate:pre-merge-main', 'merge']), done)
    expect(here(follow(plain, adopted))).toEqual({ step: 'gate:pre-merge-main', status: 'running' })
    expect(() => follow(plain, waiting, adopted)).toThrow('adopted')
  })
})

describe('a void approval', () => {
  const policies = [gatePolicy('a', { trigger: 'always' }), gatePolicy('b', { trigger: 'always' })]
  const flow = ['coder', 'gate:a', 'gate:b', 'merge'] as const
  const atMerge = follow(
    begun(flow, { gates: policies, maxReapprovals: 1 }),
    done,
    waiting,
    approved,
    waiting,
    approved,
  )
  const changed = (gate?: string): Outcome => ({ kind: 'evidence_changed', reason, ...(gate && { gate }) })

  test('is asked for at the gate that it was given at, and leads back to the merge', () => {
    expect(here(follow(atMerge, changed('gate:a')))).toEqual({ step: 'gate:a', status: 'running' })
    expect(here(follow(atMerge, changed('gate:unknown')))).toEqual({ step: 'gate:b', status: 'running' })
    expect(here(follow(atMerge, changed('gate:a'), waiting, approved)).step).toBe('merge')
  })

  test('may be asked for again once at every gate, as one change voids them all', () => {
    const twice = follow(atMerge, changed('gate:a'), waiting, approved, changed('gate:b'), waiting, approved)
    expect(here(twice).step).toBe('merge')
    expect(follow(twice, changed('gate:a')).status).toBe('failed')
  })
})

describe('the table of spec.md section 3', () => {
  test.each(rows)('%s', (_name, from, outcome, step, status = 'running') => {
    expect(here(route(from, outcome))).toEqual({ step, status })
  })

  test('tasks are done in the order of their dependencies', () => {
    expect(coding.tasks.map((task) => task.id)).toEqual(['T1', 'T2'])
    expect(follow(reviewing, reviewed()).taskIndex).toBe(1)
  })

  test('the coder gets the comments, without the notes', () => {
    const comments = [someComment(), someComment({ severity: 'note' })]
    expect(route(reviewing, reviewed({ decision: 'request_changes', comments })).feedback).toEqual([
      someComment(),
    ])
  })

  test('a coder that needs more files is re-planned twice, then people are asked, then the run fails', () => {
    const more: Outcome = { kind: 'needs_scope', files: ['x.ts'], reason }
    const third = follow(coding, more, planned, more, planned, more)
    expect(here(third)).toEqual({ step: 'gate:confidence-gate', status: 'running' })
    const granted = follow(third, waiting, approved)
    expect(granted.tasks[0]?.files_likely_affected).toContain('x.ts')
    expect(here(route(granted, more))).toEqual({ step: 'end', status: 'failed' })
  })

  test('a lasting error is kept, with the step it came from', () => {
    const mend = 'Do this.'
    const state = route(coding, {
      kind: 'error',
      transient: false,
      code: 'disk_full',
      message: 'Full.',
      mend,
    })
    expect(state.error).toEqual({ code: 'disk_full', message: 'Full.', mend, step: 'coder' })
  })

  test('transient errors last once the tries are used up', () => {
    const error: Outcome = { kind: 'error', transient: true, code: 'model_error', message: 'x' }
    const tried = follow(coding, error, error, error, error)
    expect(here(tried)).toEqual({ step: 'coder', status: 'running' })
    expect(here(route(tried, error))).toEqual({ step: 'coder', status: 'failed' })
  })

  test('a gate that does not hold for the target is passed by, and is named as skipped', () => {
    expect(issue.skipped).toEqual(['gate:pre-merge-staging'])
    const staging = begun(['coder', ...builtInFlows.issue.slice(6)] as FlowStep[], {}, 'staging')
    expect(here(follow(staging, done))).toEqual({ step: 'gate:pre-merge-staging', status: 'running' })
    expect(here(follow(staging, done, waiting, approved))).toEqual({ step: 'merge', status: 'running' })
  })

  test('the gate of "main" holds for the main branch under any name', () => {
    const state = route(
      { ...begun(['coder']), step: 'prepare', index: 0 },
      {
        kind: 'prepared',
        flow: ['prepare', 'coder', 'gate:pre-merge-main', 'merge'],
        limits: begun(['coder']).limits,
        target: 'trunk',
        mainBranch: 'trunk',
      },
    )
    expect(state.skipped).toEqual([])
  })

  test('a fix after failed tests goes to the tester, also where the flow has a debugger and a coder before it', () => {
    const alert = follow(begun(builtInFlows.sentry_alert), { kind: 'fixed' }, done, failing)
    expect(here(alert)).toEqual({ step: 'debugger', status: 'running' })
    expect(here(route(alert, { kind: 'fixed' }))).toEqual({ step: 'tester', status: 'running' })
  })

  test('a change after the tests passed is tested again before it goes on', () => {
    const ci = follow(begun(builtInFlows.ci_failure), { kind: 'fixed' }, { kind: 'tests_passed' })
    const changed = follow(ci, reviewed({ decision: 'request_changes' }), done, reviewed())
    expect(here(changed)).toEqual({ step: 'tester', status: 'running' })
    expect(here(follow(changed, { kind: 'tests_passed' }))).toEqual({ step: 'pr', status: 'running' })
  })

  test('also a change that coverage asked for, where the tester is the only agent', () => {
    const low: Outcome = { kind: 'coverage_low', percent: 1, threshold: 80 }
    const state = follow(begun(builtInFlows.tests), low, done)
    expect(here(state)).toEqual({ step: 'tester', status: 'running' })
  })

  test('a reviewer behind a gate or a pull request is not jumped to', () => {
    const policy = gatePolicy('a', { trigger: 'always' })
    const gated = begun(['coder', 'gate:a', 'reviewer'], { gates: [policy] })
    expect(here(follow(gated, done))).toEqual({ step: 'gate:a', status: 'running' })
    expect(here(follow(begun(['coder', 'pr', 'reviewer', 'merge']), done))).toEqual({
      step: 'pr',
      status: 'running',
    })
  })

  test('an overdue gate does not lapse again', () => {
    const overdue = route(lapsing('block'), { kind: 'timeout' })
    expect(overdue.gate?.overdue).toBe(true)
    expect(() => route(overdue, { kind: 'timeout' })).toThrow('cannot end')
    expect(here(route(overdue, approved))).toEqual({ step: 'merge', status: 'running' })
  })

  test('an agent that makes no progress is let go on twice by people, then the run fails', () => {
    const stuck: Outcome = { kind: 'stuck', reason }
    const second = follow(coding, stuck, waiting, approved, stuck, waiting, approved)
    expect(here(second)).toEqual({ step: 'coder', status: 'running' })
    expect(here(route(second, stuck))).toEqual({ step: 'end', status: 'failed' })
  })

  test('a plan whose tasks go in a circle ends the run and says so', () => {
    const tasks = [someTask('A', ['B']), someTask('B', ['A'])]
    expect(route(issue, { ...planned, tasks })).toMatchObject({
      status: 'failed',
      ending: expect.stringMatching(/circle/),
    })
  })
})

describe('flows', () => {
  test.each<[string, FlowStep[], FlowStep[]]>([
    ['prepare comes first', ['tester', 'pr'], ['prepare', 'tester', 'pr']],
    ['after the last gate', ['coder', 'gate:a'], ['prepare', 'coder', 'gate:a', 'pr']],
    ['before the merge', ['coder', 'gate:a', 'merge'], ['prepare', 'coder', 'gate:a', 'pr', 'merge']],
    [
      'after a gate behind reflect',
      ['coder', 'reflect', 'gate:a'],
      ['prepare', 'coder', 'reflect', 'gate:a', 'pr'],
    ],
    ['before reflect', ['coder', 'reflect'], ['prepare', 'coder', 'pr', 'reflect']],
    ['none where nothing changes', ['reviewer'], ['prepare', 'reviewer']],
  ])('the pull request: %s', (_name, steps, complete) => {
    expect(completeFlow(steps)).toEqual(complete)
  })

  test('a step that stands twice is refused', () => {
    expect(() => completeFlow(['coder', 'tester', 'coder'])).toThrow('names coder twice')
  })

  test.each(['', 'Coder', 'gate:', 'gate:A', 'gate:a b', 'toString'])('"%s" is no step', (text) => {
    expect(() => parseStep(text)).toThrow('There is no step')
  })
})
