import { describe, expect, test } from 'vitest'
import { type Finding, type TestCase, type TestEvidence, testEvidenceSchema } from '@/lib/core/evidence'
import { compareFindings, compareTests, testsPassed } from '@/lib/core/evidence-compare'

function run(
  cases: Readonly<Record<string, TestCase['status']>>,
  more: Partial<TestEvidence> = {},
): TestEvidence {
  const list = Object.entries(cases).map(([id, status]) => ({ id, file: 'a', name: id, status }))
  const failed = list.filter((one) => one.status === 'failed').length
  return testEvidenceSchema.parse({
    kind: 'tests',
    framework: 'vitest',
    command: 'vitest',
    exitCode: failed > 0 ? 1 : 0,
    total: list.length,
    passed: 0,
    failed,
    skipped: 0,
    cases: list,
    casesDropped: 0,
    parsed: true,
    ended: null,
    droppedBytes: 0,
    durationMs: 1,
    commit: null,
    ...more,
  })
}
const ids = (cases: readonly TestCase[]) => cases.map((one) => one.id)

describe('compareTests', () => {
  test('a failure that was there before is never blamed', () => {
    const result = compareTests(run({ old: 'failed' }), run({ old: 'failed' }))
    expect(ids(result.stillFailing)).toEqual(['old'])
    expect(result.newlyFailing).toEqual([])
    expect(result.regressed).toBe(false)
  })
  test('tells new failures, fixed, missing and newly skipped apart', () => {
    const before = run({ a: 'passed', b: 'failed', c: 'passed', d: 'passed', e: 'skipped' })
    const after = run({ a: 'failed', b: 'passed', d: 'skipped', e: 'skipped', f: 'failed' })
    const result = compareTests(before, after)
    expect(ids(result.newlyFailing)).toEqual(['a', 'f'])
    expect(ids(result.fixed)).toEqual(['b'])
    expect(ids(result.missing)).toEqual(['c'])
    expect(ids(result.newlySkipped)).toEqual(['d'])
    expect(result.regressed).toBe(true)
  })
  test('a run that was cut short misses nothing, and is worse than one that ended', () => {
    const result = compareTests(
      run({ a: 'passed', b: 'passed' }),
      run({ a: 'passed' }, { ended: 'timeout', exitCode: null }),
    )
    expect(result.missing).toEqual([])
    expect(result.regressed).toBe(true)
  })
  test('a run that hung before may hang after', () => {
    const hung = run({}, { ended: 'timeout', exitCode: null })
    expect(compareTests(hung, hung).regressed).toBe(false)
  })
  test('an unknown framework is judged by its exit code', () => {
    const ended = (exitCode: number) => run({}, { parsed: false, exitCode })
    expect(compareTests(ended(0), ended(1)).regressed).toBe(true)
    expect(compareTests(ended(1), ended(1)).regressed).toBe(false)
    expect(compareTests(null, ended(1)).regressed).toBe(true)
    expect(testsPassed(ended(0))).toBe(true)
    expect(testsPassed(ended(1))).toBe(false)
  })
})

test('findings match by file, rule and message whatever their line, as often as they occur', () => {
  const one = (line: number, message = 'm'): Finding => ({
    file: 'a.ts',
    line,
    rule: 'r',
    message,
    severity: 'error',
  })
  const result = compareFindings([one(1), one(2, 'gone')], [one(9), one(10), one(11, 'new')])
  expect(result.kept.map((finding) => finding.line)).toEqual([9])
  expect(result.added.map((finding) => finding.line)).toEqual([10, 11])
  expect(result.fixed.map((finding) => finding.message)).toEqual(['gone'])
})
