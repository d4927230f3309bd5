import { describe, expect, it } from 'vitest'
import { alignBeads, compareDiffs, countEvidence } from '@/components/runs/compare'
import type { BeadView, EvidenceView } from '@/lib/services/views'

function bead(step: string, more: Partial<BeadView> = {}): BeadView {
  return {
    id: `${step} ${Math.random()}`,
    runId: 'r',
    seq: 1,
    step,
    name: step,
    category: 'agent',
    status: 'completed',
    attempt: 1,
    taskId: null,
    model: null,
    outcome: { kind: 'done' },
    summary: {},
    inherited: null,
    forkable: true,
    baseSha: null,
    headSha: null,
    costMicros: 0,
    inputTokens: 0,
    outputTokens: 0,
    startedAt: null,
    endedAt: null,
    ...more,
  }
}
const steps = (left: BeadView[], right: BeadView[]) =>
  alignBeads(left, right).map((pair) => [pair.left?.step ?? null, pair.right?.step ?? null, pair.difference])

describe('two runs beside each other', () => {
  it('with nothing have no step', () => expect(alignBeads([], [])).toEqual([]))

  it('stand step by step, a loop of one alone', () => {
    const left = ['prepare', 'coder', 'reviewer', 'coder', 'reviewer', 'tester'].map((step) => bead(step))
    const right = ['prepare', 'coder', 'reviewer', 'tester', 'debugger'].map((step) => bead(step))
    expect(steps(left, right)).toEqual([
      ['prepare', 'prepare', null],
      ['coder', 'coder', null],
      ['reviewer', 'reviewer', null],
      ['coder', null, 'only in the first'],
      ['reviewer', null, 'only in the first'],
      ['tester', 'tester', null],
      [null, 'debugger', 'only in the second'],
    ])
  })

  it('keep every bead once, in the order of each, also where they cross', () => {
    const left = [bead('coder'), bead('tester')]
    const right = [bead('tester'), bead('coder')]
    const pairs = alignBeads(left, right)
    expect(pairs.flatMap((pair) => (pair.left ? [pair.left] : []))).toEqual(left)
    expect(pairs.flatMap((pair) => (pair.right ? [pair.right] : []))).toEqual(right)
  })

  it('of two tasks are told apart by the task', () => {
    const pairs = steps([bead('coder', { taskId: 'T1' })], [bead('coder', { taskId: 'T2' })])
    expect(pairs.map((pair) => pair[2])).toEqual(['only in the first', 'only in the second'])
  })

  it.each([
    [{ status: 'failed' as const }, 'completed and failed'],
    [{ outcome: { kind: 'stuck' as const, reason: 'x' } }, 'done and stuck'],
    [{ headSha: 'a' }, 'another commit'],
    [{ model: 'other' }, 'another model'],
  ])('differ by %j', (more, difference) => {
    expect(steps([bead('coder')], [bead('coder', more)])).toEqual([['coder', 'coder', difference]])
  })
})

const patch = (file: string, line: string) =>
  `diff --git a/${file} b/${file}\n--- a/${file}\n+++ b/${file}\n@@ -1 +1 @@\n-old\n+${line}\n`

describe('two diffs', () => {
  it('name the files of both, and whether their change is the same', () => {
    const files = compareDiffs(
      patch('b.ts', 'x') + patch('a.ts', 'y'),
      patch('b.ts', 'x') + patch('c.ts', 'z'),
    )
    expect(
      files.map(({ path, left, right, same }) => [path, left?.added ?? null, right?.added ?? null, same]),
    ).toEqual([
      ['a.ts', 1, null, false],
      ['b.ts', 1, 1, true],
      ['c.ts', null, 1, false],
    ])
    expect(compareDiffs(patch('a.ts', 'x'), patch('a.ts', 'y'))[0]?.same).toBe(false)
    expect(compareDiffs(null, null)).toEqual([])
  })

  it('counts evidence by kind', () => {
    const evidence = ['tests', 'lint', 'tests'].map((kind) => ({ kind }) as EvidenceView)
    expect([...countEvidence({ evidence })]).toEqual([
      ['tests', 2],
      ['lint', 1],
    ])
  })
})
