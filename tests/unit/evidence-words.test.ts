import { expect, test } from 'vitest'
import type { Evidence, LintEvidence, TestEvidence } from '@/lib/core/evidence'
import { evidenceWords } from '@/lib/core/evidence-words'

const tests: TestEvidence = {
  kind: 'tests',
  framework: 'vitest',
  command: 'vitest run',
  exitCode: 0,
  total: 7,
  passed: 7,
  failed: 0,
  skipped: 0,
  cases: [],
  casesDropped: 0,
  parsed: true,
  ended: null,
  droppedBytes: 0,
  durationMs: 1,
  commit: null,
}
const unknown: TestEvidence = { ...tests, framework: 'unknown', parsed: false, total: 0, passed: 0 }
const finding = { file: 'a.ts', line: 1, rule: 'r', message: 'm', severity: 'error' } as const
const lint: LintEvidence = {
  kind: 'lint',
  tool: 'biome',
  command: 'biome lint',
  exitCode: 0,
  findings: [],
  findingsDropped: 0,
  ended: null,
  durationMs: 1,
  commit: null,
}

test.each<[string, Evidence]>([
  ['7 passed', tests],
  ['6 passed, 1 skipped', { ...tests, passed: 6, skipped: 1 }],
  ['1 of 7 failed, exit 1', { ...tests, passed: 6, failed: 1, exitCode: 1 }],
  ['0 passed, exit 254', { ...tests, total: 0, passed: 0, exitCode: 254 }],
  ['3 passed, ended by us: timeout', { ...tests, passed: 3, exitCode: null, ended: 'timeout' }],
  ['failed, exit unknown, not told apart', { ...unknown, exitCode: null }],
  ['failed, exit 2, not told apart', { ...unknown, exitCode: 2 }],
  ['not told apart, ended by us: timeout', { ...unknown, exitCode: null, ended: 'timeout' }],
  ['passed, not told apart', unknown],
  ['0 findings', lint],
  ['names no finding, exit 2', { ...lint, exitCode: 2 }],
  ['3 findings, 1 error, exit 1', { ...lint, findings: [finding], findingsDropped: 2, exitCode: 1 }],
  [
    'no report',
    {
      kind: 'coverage',
      tool: 'c8',
      linesPercent: null,
      linesFound: 0,
      linesHit: 0,
      files: [],
      reason: 'no report',
      commit: null,
    },
  ],
  [
    'of the changed tests 1 proven, 2 pass on both',
    { kind: 'proof', files: [], provenBy: ['a'], passBoth: 2, commit: null },
  ],
  ['none', { kind: 'secrets', findings: [], commit: null }],
  [
    '1 file, +2 −1; 1 place weaken tests',
    {
      kind: 'diff',
      files: [{ file: 'a', status: 'added', added: 2, removed: 1, binary: false }],
      added: 2,
      removed: 1,
      testsTouched: [],
      testFlags: [{ kind: 'test_removed', file: 'a', line: 1, text: 'x' }],
      commit: null,
    },
  ],
])('%s', (words, evidence) => {
  expect(evidenceWords(evidence)).toBe(words)
})
