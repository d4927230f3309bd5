import { describe, expect, it } from 'vitest'
import type { TestEvidence } from '@/lib/core/evidence'
import { weakenedText } from '@/lib/steps/weakened'

function ran(cases: Readonly<Record<string, 'passed' | 'skipped'>>): TestEvidence {
  const list = Object.entries(cases).map(([id, status]) => {
    const [file = '', name = ''] = id.split('::')
    return { id, file, name, status }
  })
  return {
    ...{ kind: 'tests', framework: 'vitest', command: 'npm test', exitCode: 0, parsed: true, ended: null },
    ...{ total: list.length, passed: list.length, failed: 0, skipped: 0, cases: list, casesDropped: 0 },
    ...{ droppedBytes: 0, durationMs: 1, commit: null },
  }
}

describe('a suite that says less than it did', () => {
  const before = ran({ 'a.test.js::one': 'passed', 'a.test.js::two': 'passed' })

  it('names what is gone and what is skipped', () => {
    expect(weakenedText(before, ran({ 'a.test.js::one': 'skipped' }), '')).toBe(
      'Tests that ran on the base are gone:\n- a.test.js::two\nTests that ran on the base are skipped:\n- a.test.js::one',
    )
  })

  it('names what the diff takes from a test', () => {
    const diff =
      'diff --git a/test/a.test.js b/test/a.test.js\n--- a/test/a.test.js\n+++ b/test/a.test.js\n@@ -1,3 +1,2 @@\n test("one", () => {\n-  expect(add(1, 1)).toBe(2)\n })\n'
    expect(weakenedText(before, before, diff)).toMatch(/assertion removed at test\/a\.test\.js:2.*toBe\(2\)/)
  })

  it('takes a test that moved, and one more, for no loss', () => {
    const moved = ran({
      'a.test.js::one': 'passed',
      'b.test.js::two': 'passed',
      'b.test.js::three': 'passed',
    })
    expect(weakenedText(before, moved, '')).toBeNull()
  })
})
