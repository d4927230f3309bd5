import { describe, expect, it } from 'vitest'
import { alignBeads, type ComparedRun, compareDiffs, compareEvidence } from '@/components/runs/compare'
import type { Task } from '@/lib/core/plan'
import type { Conversation } from '@/lib/services/runs/conversations'
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
const side = (beads: BeadView[], more: Partial<ComparedRun['run']> = {}): ComparedRun => ({
  run: { beads, evidence: [], ...more },
  conversations: [],
})
const pairsOf = (left: BeadView[], right: BeadView[]) => alignBeads(side(left), side(right))
const steps = (left: BeadView[], right: BeadView[]) =>
  pairsOf(left, right).map((pair) => [
    pair.left?.step ?? null,
    pair.right?.step ?? null,
    pair.differences.join(', ') || null,
  ])

const task = (id: string, title: string, description = ''): Task => ({
  id,
  title,
  description,
  files_likely_affected: ['a.ts'],
  acceptance_criteria: ['It holds.'],
  estimated_complexity: 'low',
  dependencies: [],
})
const planned = (...tasks: Task[]) => ({
  outcome: { kind: 'planned' as const, tasks, confidence: 0.9, blockers: [] },
})
const reviewed = (decision: 'approve' | 'request_changes', confidence: number, comments = 0) => ({
  outcome: {
    kind: 'reviewed' as const,
    review: {
      decision,
      confidence,
      summary: 'x',
      comments: Array.from({ length: comments }, () => ({
        file: 'a.ts',
        line: 1,
        severity: 'note' as const,
        category: 'style' as const,
        body: 'x',
      })),
    },
  },
})

describe('two runs beside each other', () => {
  it('with nothing have no step', () => expect(pairsOf([], [])).toEqual([]))

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
    const pairs = pairsOf(left, right)
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
    [{ model: 'other', headSha: 'a' }, 'another model, another commit'],
  ])('differ by %j', (more, difference) => {
    expect(steps([bead('coder')], [bead('coder', more)])).toEqual([['coder', 'coder', difference]])
  })

  it.each([
    ['another task', planned(task('T1', 'Mend it')), planned(task('T1', 'Mend it'), task('T2', 'Test it'))],
    ['other words of a task', planned(task('T1', 'Mend it')), planned(task('T1', 'Mend it', 'At once.'))],
  ])('differ by the plan: %s', (_, left, right) => {
    const [pair] = pairsOf([bead('planner', left)], [bead('planner', right)])
    expect(pair?.differences).toEqual(['another plan'])
    expect(pair?.facts[0]).toMatchObject({ label: 'Plan', left: '1 task: T1 Mend it', same: false })
    expect(steps([bead('planner', left)], [bead('planner', left)])[0]?.[2]).toBeNull()
  })

  it.each([
    [reviewed('request_changes', 0.9), 'request changes, 90%, 0 comments'],
    [reviewed('approve', 0.7), 'approve, 70%, 0 comments'],
    [reviewed('approve', 0.9, 2), 'approve, 90%, 2 comments'],
  ])('differ by the review: its decision, confidence and comments', (other, words) => {
    const left = [bead('reviewer', reviewed('approve', 0.9))]
    const [pair] = pairsOf(left, [bead('reviewer', other)])
    expect(pair?.differences).toEqual(['another review'])
    expect(pair?.facts).toEqual([
      { label: 'Review', left: 'approve, 90%, 0 comments', right: words, same: false },
    ])
  })

  it('differ by what the conversation was of: the text of the prompt, and how often each tool was called', () => {
    const [left, right] = [bead('coder'), bead('coder')]
    const talk = (id: string, hash: string, edits: number): Conversation => ({
      bead: id,
      prompts: [{ name: 'coder', version: '3', hash }],
      calls: [{ tool: 'edit_file', count: edits }],
    })
    const with_ = (of: BeadView, hash: string, edits: number) => ({
      ...side([of]),
      conversations: [talk(of.id, hash, edits)],
    })
    const [pair] = alignBeads(with_(left, 'aaaaaaaaaa', 1), with_(right, 'bbbbbbbbbb', 2))
    expect(pair?.differences).toEqual(['another prompt', 'other tool calls'])
    expect(pair?.facts).toEqual([
      { label: 'Prompt', left: 'coder 3 (aaaaaaa)', right: 'coder 3 (bbbbbbb)', same: false },
      { label: 'Tools', left: 'edit_file 1', right: 'edit_file 2', same: false },
    ])
    expect(alignBeads(with_(left, 'a', 1), with_(right, 'a', 1))[0]?.differences).toEqual([])
  })

  it('differ by what their checks measured, and not by how long it took', () => {
    const [left, right] = [bead('tester'), bead('tester')]
    const of = (on: BeadView, data: Record<string, unknown>) =>
      side([on], { evidence: [evidenceOf('tests', { ...tests, ...data }, { beadId: on.id })] })
    const [same] = alignBeads(of(left, { durationMs: 1 }), of(right, { durationMs: 9, commit: 'b' }))
    expect(same?.differences).toEqual([])
    const [pair] = alignBeads(of(left, {}), of(right, { passed: 2, skipped: 1 }))
    expect(pair?.differences).toEqual(['other test results'])
    expect(pair?.facts).toEqual([
      { label: 'Tests', left: '3 passed', right: '2 passed, 1 skipped', same: false },
    ])
  })
})

const tests = {
  kind: 'tests',
  framework: 'vitest',
  command: 'vitest run',
  exitCode: 0,
  total: 3,
  passed: 3,
  failed: 0,
  skipped: 0,
  cases: [],
  casesDropped: 0,
  parsed: true,
  ended: null,
  droppedBytes: 0,
  durationMs: 1,
  commit: 'a',
}
const lint = (...rules: string[]) => ({
  kind: 'lint',
  tool: 'eslint',
  command: 'eslint .',
  exitCode: 1,
  findings: rules.map((rule) => ({ file: 'a.ts', line: 1, rule, message: 'x', severity: 'error' })),
  findingsDropped: 0,
  ended: null,
  durationMs: 1,
  commit: 'a',
})
const coverage = (linesHit: number) => ({
  kind: 'coverage',
  tool: 'v8',
  linesPercent: linesHit,
  linesFound: 100,
  linesHit,
  files: [],
  commit: 'a',
})

function evidenceOf(
  kind: string,
  data: Record<string, unknown>,
  more: Partial<EvidenceView> = {},
): EvidenceView {
  const createdAt = '2026-01-01T00:00:00.000Z'
  return { id: 'e', beadId: null, kind, phase: 'change', commit: 'a', data, createdAt, ...more }
}

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

  it('stand beside what the checks measured last, of change and base', () => {
    const baseline = { phase: 'baseline' as const }
    const left = [
      evidenceOf('tests', tests, baseline),
      evidenceOf('tests', { ...tests, failed: 1, passed: 2 }),
      evidenceOf('tests', tests),
      evidenceOf('lint', lint('no-var')),
      evidenceOf('coverage', coverage(97)),
      evidenceOf('setup', { kind: 'setup' }),
    ]
    const right = [
      evidenceOf('tests', tests, baseline),
      evidenceOf('tests', { ...tests, failed: 1, passed: 2 }),
      evidenceOf('lint', lint('prefer-const')),
    ]
    expect(compareEvidence({ evidence: left }, { evidence: right })).toEqual([
      { label: 'Tests', left: '3 passed', right: '1 of 3 failed', same: false },
      { label: 'Tests, on the base', left: '3 passed', right: '3 passed', same: true },
      // As many, and others.
      { label: 'Lint', left: '1 finding, 1 error, exit 1', right: '1 finding, 1 error, exit 1', same: false },
      { label: 'Coverage', left: '97.0% of lines', right: null, same: false },
    ])
  })
})
