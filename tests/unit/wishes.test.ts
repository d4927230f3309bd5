import { describe, expect, it } from 'vitest'
import { taskSchema } from '@/lib/core/plan'
import type { ReviewComment } from '@/lib/core/review'
import { initialState, type RunState } from '@/lib/core/run'
import { applySignal } from '@/lib/core/signal'
import { limitsOf, someTask } from '../support/walk'

const rejected = (part: Partial<RunState> = {}): RunState => ({
  ...initialState(limitsOf()),
  status: 'rejected',
  step: 'end',
  flow: ['prepare', 'planner', 'coder', 'reviewer', 'tester', 'pr', 'gate:pre-merge-main', 'merge'],
  index: 6,
  target: 'main',
  tasks: [someTask('T1'), someTask('T2')],
  taskIndex: 1,
  ...part,
})
const said = (file: string, body: string, line: number | null = null): ReviewComment => ({
  file,
  line,
  severity: 'blocking',
  category: 'correctness',
  body,
})
const back = (from: string, words: ReviewComment[], state = rejected()) =>
  applySignal(state, { kind: 'retry', from, said: words })

describe('a rejected change that is sent back', () => {
  it('becomes a task of its own for the coder, about all that the plan is about and what was named', () => {
    const words = [said('.', 'Not like this.'), said('src/x.ts', 'Name it.', 3), said('src/y.ts', 'Why?')]
    const state = back('coder', words)
    expect(state).toMatchObject({ status: 'running', step: 'coder', index: 2, taskIndex: 2, feedback: words })
    expect(state.tasks).toHaveLength(3)
    expect(state.tasks[2]).toMatchObject({
      id: 'P1',
      files_likely_affected: ['src/T1.ts', 'src/T2.ts', 'src/x.ts', 'src/y.ts'],
      acceptance_criteria: ['Not like this.', 'src/x.ts:3: Name it.', 'src/y.ts: Why?'],
    })
  })

  it('can come twice: each time has its task', () => {
    const once = back('coder', [said('.', 'No.')])
    const again = back('coder', [said('.', 'Still no.')], {
      ...once,
      status: 'rejected',
      step: 'end',
      index: 6,
    })
    expect(again.tasks.map(({ id }) => id)).toEqual(['T1', 'T2', 'P1', 'P2'])
    expect(again.feedback).toEqual([said('.', 'Still no.')])
  })

  it('is planned anew with the words and without a task of theirs', () => {
    const words = [said('.', 'Another way.')]
    expect(back('planner', words)).toMatchObject({ step: 'planner', feedback: words, taskIndex: 1 })
    expect(back('planner', words).tasks).toHaveLength(2)
  })

  it('has the words alone where there is no plan', () => {
    const words = [said('.', 'No.')]
    expect(back('coder', words, rejected({ tasks: [], taskIndex: 0 }))).toMatchObject({
      tasks: [],
      feedback: words,
    })
  })

  it('is heeded in the task that is not done, and skips none', () => {
    const tasks = [someTask('T1'), someTask('T2'), someTask('T3')]
    const resume = { index: 2, grants: [] }
    const at = (part: Partial<RunState>) => rejected({ tasks, index: 2, ...part })
    const gate = (taskIndex: number) => ({
      step: 'gate:confidence' as const,
      reason: 'why',
      resume: { ...resume, step: 'coder' as const, taskIndex },
      timeouts: 0,
      overdue: false,
    })
    const words = [said('.', 'No.')]
    const ids = (state: RunState) => `${state.tasks.map(({ id }) => id).join(' ')} at ${state.taskIndex}`
    // Approving would have led to the same task once more, or to the next one.
    expect(ids(back('coder', words, at({ taskIndex: 0, gate: gate(0) })))).toBe('T1 T2 T3 at 0')
    expect(ids(back('coder', words, at({ taskIndex: 0, gate: gate(1) })))).toBe('T1 P1 T2 T3 at 1')
    // A plan that was rejected before anything was coded.
    expect(ids(back('coder', words, at({ taskIndex: 0, index: 1 })))).toBe('T1 T2 T3 at 0')
    expect(back('coder', words, at({ taskIndex: 0, index: 1 })).feedback).toEqual(words)
  })

  it('leaves them out where no step could do anything about them, and where there are none', () => {
    expect(back('tester', [said('.', 'No.')])).toMatchObject({ step: 'tester', feedback: [], taskIndex: 1 })
    expect(back('coder', []).tasks).toHaveLength(2)
  })

  it('is a task as plans have them, however much was said', () => {
    const many = Array.from({ length: 50 }, (_, i) => said(`src/${i}.ts`, 'x'.repeat(4_000), 1))
    const task = taskSchema.parse(back('coder', many).tasks[2])
    expect(task.files_likely_affected).toEqual(['./'])
    expect(task.acceptance_criteria).toHaveLength(20)
    expect(Math.max(...task.acceptance_criteria.map(({ length }) => length))).toBe(500)
  })
})
