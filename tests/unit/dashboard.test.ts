import { describe, expect, it } from 'vitest'
import { summariseChecks } from '@/components/evidence/checks'
import { evidenceNotes } from '@/components/evidence/line-notes'
import { duration, relative, shortSha, tokens } from '@/components/format'
import { href, isId, one, ordinal } from '@/components/params'
import { attemptsOf, layoutAxis } from '@/components/runs/axis'
import { visible, visibleOutput } from '@/lib/core/visible'
import type { BeadView, EvidenceView } from '@/lib/services/views'

const start = Date.parse('2026-01-01T00:00:00Z')

function bead(step: string, seconds: number, more: Partial<BeadView> = {}): BeadView {
  return {
    id: `${step}-${seconds}-${more.attempt ?? 1}`,
    runId: 'r',
    seq: 1,
    step,
    name: step,
    category: step.startsWith('gate:') ? 'gate' : 'agent',
    status: 'completed',
    attempt: 1,
    taskId: null,
    model: null,
    outcome: null,
    summary: {},
    inherited: null,
    forkable: true,
    baseSha: null,
    headSha: null,
    costMicros: 0,
    inputTokens: 0,
    outputTokens: 0,
    startedAt: new Date(start).toISOString(),
    endedAt: new Date(start + seconds * 1_000).toISOString(),
    ...more,
  }
}

function evidence(kind: string, phase: EvidenceView['phase'], data: Record<string, unknown>): EvidenceView {
  return {
    id: kind + phase,
    beadId: null,
    kind,
    phase,
    commit: 'abc',
    data: { kind, ...data },
    createdAt: new Date(start).toISOString(),
  }
}

describe('visible', () => {
  it('shows what would hide or reorder text, and leaves the rest', () => {
    expect(visible('a\u202Eb\u200b\u0000\ufeff')).toBe('a‹U+202E›b‹U+200B›‹U+0000›‹U+FEFF›')
    expect(visible('line\r\nnext\ttab ü 漢 👩')).toBe('line\nnext\ttab ü 漢 👩')
    expect(visible('\u001b]0;title\u0007')).toBe('␛]0;title‹U+0007›')
  })
  it('takes colours out of the output of programs and nothing else', () => {
    expect(visibleOutput('\u001b[1;31mred\u001b[0m \u001b[2J')).toBe('red ␛[2J')
  })
})

describe('formats', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [12_345, '12.3k'],
    [999_960, '1M'],
    [4_100_000, '4.1M'],
  ])('tokens %i', (count, text) => {
    expect(tokens(count)).toBe(text)
  })
  it.each([
    [12, '12 ms'],
    [4_200, '4.2 s'],
    [59_400, '59 s'],
    [59_600, '1 min'],
    [185_000, '3 min 5 s'],
    [7_800_000, '2 h 10 min'],
    [273_600_000, '3 d 4 h'],
  ])('duration %i', (ms, text) => {
    expect(duration(ms)).toBe(text)
  })
  it('says a time from now, and the day once it is over a week off', () => {
    expect(relative(start, start + 10_000)).toBe('just now')
    expect(relative(start, start + 240_000)).toBe('4 min ago')
    expect(relative(start + 86_400_000, start)).toBe('in 24 h')
    expect(relative(start, start + 9 * 86_400_000)).toBe('1 Jan')
    expect(shortSha('0123456789')).toBe('0123456')
  })
})

describe('queries', () => {
  it('reads only what can be meant', () => {
    expect([one(['a', 'b']), one(undefined)]).toEqual(['a', ''])
    expect(['3', '0', '-1', '1e3', '99999999999', undefined].map(ordinal)).toEqual([
      3,
      null,
      null,
      null,
      null,
      null,
    ])
    expect(href('/x', { a: 1, b: null, c: '' })).toBe('/x?a=1')
    expect(isId("' or 1=1")).toBe(false)
  })
})

describe('layoutAxis', () => {
  it('puts bars one after the other and draws a long wait for people short', () => {
    const { bars, workMs } = layoutAxis(
      [bead('coder', 60), bead('gate:main', 36_000), bead('merge', 40)],
      start,
    )
    const [coder, gate, merge] = [...bars.values()]
    expect(workMs).toBe(100_000)
    expect(gate).toMatchObject({ ms: 36_000_000, cut: true })
    expect(gate?.width).toBeCloseTo(15 / 115)
    expect((merge?.start ?? 0) + (merge?.width ?? 0)).toBeCloseTo(1)
    expect(coder?.start).toBe(0)
  })
  it('lets what runs last until now, and survives a run without beads', () => {
    const running = bead('coder', 0, { status: 'running', endedAt: null })
    expect(layoutAxis([running], start + 5_000).workMs).toBe(5_000)
    expect(layoutAxis([], start)).toMatchObject({ workMs: 0 })
  })
  it('knows how often a step was done for a task', () => {
    const list = [
      bead('coder', 1, { taskId: 'T1' }),
      bead('coder', 1, { taskId: 'T1', attempt: 3 }),
      bead('coder', 1, { taskId: 'T2' }),
    ]
    expect(list.map(attemptsOf(list))).toEqual([3, 3, 1])
  })
})

describe('checks', () => {
  const verdicts = (list: readonly EvidenceView[]) =>
    Object.fromEntries(summariseChecks(list, []).map((check) => [check.name, check.verdict]))

  it('claims nothing where nothing was checked, nor from data that does not read', () => {
    const broken = [evidence('tests', 'change', { total: 'many' }), evidence('secrets', 'change', {})]
    for (const list of [[], broken]) expect(new Set(Object.values(verdicts(list)))).toEqual(new Set(['none']))
  })

  it('calls a secret and a new lint error bad, and puts both beside their lines', () => {
    const finding = { file: 'a.ts', line: 3, rule: 'no-eval', message: 'No.', severity: 'error' }
    const lint = {
      tool: 'eslint',
      command: 'eslint',
      exitCode: 1,
      findingsDropped: 0,
      ended: null,
      durationMs: 1,
      commit: 'abc',
    }
    const list = [
      evidence('lint', 'baseline', { ...lint, findings: [{ ...finding, rule: 'old' }] }),
      evidence('lint', 'change', { ...lint, findings: [finding, { ...finding, rule: 'old', line: 9 }] }),
      evidence('secrets', 'change', {
        findings: [{ file: 'b.ts', line: 1, rule: 'aws-key' }],
        commit: 'abc',
      }),
    ]
    expect(verdicts(list)).toMatchObject({ Lint: 'bad', Secrets: 'bad' })
    expect(evidenceNotes(list, '').map((note) => [note.file, note.line, note.kind])).toEqual([
      ['a.ts', 3, 'blocking'],
      ['b.ts', 1, 'blocking'],
    ])
  })

  it('calls no lint good that ended badly and named nothing', () => {
    const lint = (exitCode: number) => ({
      tool: 'eslint',
      command: 'eslint',
      exitCode,
      findings: [],
      findingsDropped: 0,
      ended: null,
      durationMs: 1,
      commit: 'abc',
    })
    const said = (before: number | null, after: number | null) =>
      summariseChecks(
        [
          ...(before === null ? [] : [evidence('lint', 'baseline', lint(before))]),
          ...(after === null ? [] : [evidence('lint', 'change', lint(after))]),
        ],
        [],
      ).find(({ name }) => name === 'Lint')
    expect(said(0, 0)).toMatchObject({ verdict: 'good' })
    expect(said(0, 3)).toMatchObject({
      verdict: 'bad',
      sentence: 'eslint ended with exit code 3 and named no finding, which it did not before the change.',
    })
    expect(said(2, 2)).toMatchObject({
      verdict: 'warn',
      sentence: 'eslint ended with exit code 2 and named no finding, as it did before the change.',
    })
    const found = { file: 'a.ts', line: 3, rule: 'r', message: 'm', severity: 'error' }
    const crashed = summariseChecks(
      [evidence('lint', 'baseline', { ...lint(1), findings: [found] }), evidence('lint', 'change', lint(1))],
      [],
    ).find(({ name }) => name === 'Lint')
    expect(crashed).toMatchObject({
      verdict: 'bad',
      sentence: 'eslint ended with exit code 1 and named no finding; before the change it named findings.',
    })
    expect(said(2, 3)?.sentence).toBe('eslint ended with exit code 3 and named no finding.')
    expect(said(null, 3)?.sentence).toBe(
      'eslint ended with exit code 3 and named no finding, and there is no baseline.',
    )
    expect(said(2, null)).toMatchObject({
      verdict: 'none',
      sentence: 'Not run on this change. On the untouched base: names no finding, exit 2.',
    })
  })
})
