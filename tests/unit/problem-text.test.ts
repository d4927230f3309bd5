import { expect, test } from 'vitest'
import type { LintEvidence } from '@/lib/core/evidence'
import { problemText } from '@/lib/steps/text'

const lint = (exitCode: number, messages: readonly string[] = []): LintEvidence => ({
  kind: 'lint',
  tool: 'eslint',
  command: 'npx eslint .',
  exitCode,
  findings: messages.map((message) => ({ file: 'a.js', line: 1, rule: 'r', message, severity: 'error' })),
  findingsDropped: 0,
  ended: null,
  durationMs: 1,
  commit: 'abc',
})

test.each([
  ['new findings are listed', lint(1, ['x']), lint(1, ['x', 'y']), '1 new lint findings:\na.js:1: y (r)'],
  ['an end that the base did not have', lint(0), lint(2), 'which it did not on the base.'],
  [
    'a crash where the base named findings',
    lint(1, ['x', 'y']),
    lint(2),
    'and names nothing; on the base it named 2 findings.',
  ],
  ['a check that the base did not have', null, lint(2), 'and did not run on the base.'],
])('%s is told as it is', (_what, before, after, said) => {
  expect(problemText(before, after)).toContain(said)
})

test('what ended as the base did is no problem', () => {
  expect(problemText(lint(2), lint(2))).toBeNull()
  expect(problemText(lint(1, ['x']), lint(0))).toBeNull()
})
