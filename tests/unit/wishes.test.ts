import { describe, expect, it } from 'vitest'
import type { Outcome } from '@/lib/core/outcome'
import { type Task, taskSchema } from '@/lib/core/plan'
import type { Review, ReviewComment } from '@/lib/core/review'
import { route } from '@/lib/core/route'
import { initialState, type RunState } from '@/lib/core/run'
import { applySignal, sendsBackTo } from '@/lib/core/signal'
import { wayBack } from '@/lib/services/runs/parts'
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
      wishes: ['- Not like this.', '- src/x.ts:3: Name it.', '- src/y.ts: Why?'],
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
    const flow = rejected().flow
    const coding: RunState = {
      ...rejected(),
      status: 'running',
      step: 'coder',
      index: 2,
      tasks,
      taskIndex: 0,
      flow,
    }
    const reject = (state: RunState, outcome: Outcome): RunState => {
      const asked = route(state, outcome)
      expect(asked.step).toBe('gate:confidence-gate')
      return route({ ...asked, status: 'waiting_gate' }, { kind: 'rejected', reason: 'No.' })
    }
    const words = [said('src/x.ts', 'This, too.')]
    const told = (state: RunState) => {
      const again = back('coder', words, state)
      const { id, files_likely_affected: files, wishes } = again.tasks[again.taskIndex] as Task
      expect(wishes, 'those who read the task are told').toEqual(['- src/x.ts: This, too.'])
      return `${again.tasks.map((task) => task.id).join(' ')} at ${id}, ${files.join(' ')}`
    }
    const unsure = {
      decision: 'approve',
      confidence: 0.1,
      comments: [],
      summary: 'Perhaps.',
    } satisfies Review
    expect(told(reject(coding, { kind: 'out_of_iterations', reason: 'Many.' }))).toBe(
      'T1 T2 T3 at T1, src/T1.ts src/x.ts',
    )
    expect(told(reject(coding, { kind: 'stuck', reason: 'Hm.' }))).toBe('T1 T2 T3 at T1, src/T1.ts src/x.ts')
    const reviewing = route(coding, { kind: 'done' })
    expect(reviewing.step).toBe('reviewer')
    expect(told(reject(reviewing, { kind: 'reviewed', review: unsure }))).toBe(
      'T1 P1 T2 T3 at P1, src/T1.ts src/T2.ts src/T3.ts src/x.ts',
    )
    const planning: RunState = { ...coding, step: 'planner', index: 1, tasks: [] }
    expect(told(reject(planning, { kind: 'planned', tasks, confidence: 0.1, blockers: [] }))).toBe(
      'T1 T2 T3 at T1, src/T1.ts src/x.ts',
    )
  })

  it('is answered by the plan that is made of it', () => {
    const state = { ...back('planner', [said('.', 'Another way.')]), status: 'running' as const }
    const planned = route(state, { kind: 'planned', tasks: [someTask('T1')], confidence: 1, blockers: [] })
    expect(planned).toMatchObject({ step: 'coder', feedback: [] })
  })

  it('goes to the coder, to the planner where a gate bars the way, or nowhere', () => {
    const flow = rejected().flow
    expect(sendsBackTo(rejected())).toBe('coder')
    const early: RunState['flow'] = ['prepare', 'planner', 'gate:pre-merge-main', 'coder', 'merge']
    expect(sendsBackTo(rejected({ flow: early, index: 2 }))).toBe('planner')
    // Nothing is coded yet: what was rejected is the plan.
    expect(sendsBackTo(rejected({ index: 1 }))).toBe('planner')
    expect(sendsBackTo(rejected({ index: 2 }))).toBe('coder')
    expect(
      sendsBackTo(rejected({ flow: ['prepare', 'scaffold', 'pr', 'gate:pre-merge-main'], index: 3 })),
    ).toBeNull()
    expect(sendsBackTo(rejected({ flow, status: 'failed' }))).toBeNull()
  })

  it('leaves them out where no step could do anything about them, and where there are none', () => {
    expect(back('tester', [said('.', 'No.')])).toMatchObject({ step: 'tester', feedback: [], taskIndex: 1 })
    expect(back('coder', []).tasks).toHaveLength(2)
  })

  it('is a task as plans have them, however much was said', () => {
    const many = Array.from({ length: 50 }, (_, i) => said(`src/${i}.ts`, 'x'.repeat(4_000), 1))
    const task = taskSchema.parse(back('coder', many).tasks[2])
    expect(task.files_likely_affected).toHaveLength(52)
    expect(task.wishes?.join('').length).toBeGreaterThan(200_000)
    expect(task.acceptance_criteria.join(), 'is published; what people say is not').not.toContain('xxx')
  })

  it('is not offered where a recording answers for the model: it has no answer to what people say', () => {
    const run = { state: rejected(), status: 'rejected' } as const
    expect(wayBack({ ...run, overrides: {} })).toBe('coder')
    expect(wayBack({ ...run, overrides: { recording: 'samples/recordings/duration.jsonl' } })).toBeNull()
    expect(wayBack({ ...run, state: null, overrides: {} })).toBeNull()
  })
})
