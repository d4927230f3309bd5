import { evidence } from '@/drizzle/schema'
import { evaluate } from '@/lib/core/evaluation'
import type { Evidence, TestCase } from '@/lib/core/evidence'
import { diffEvidence } from '@/lib/core/test-guard'
import type { Db } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { diff } from './seed-content'

const file = 'test/parse.test.ts'
const message = "AssertionError: expected '1969-12-30' to be '1969-12-31'"

function cases(fixed: boolean): TestCase[] {
  const before: TestCase[] = Array.from({ length: 38 }, (_, i) => ({
    id: `${file} > case ${i + 1}`,
    file,
    name: `case ${i + 1}`,
    status: 'passed',
  }))
  const zone = `${file} > parseDate > keeps its day in New York`
  const old: TestCase = fixed
    ? { id: zone, file, name: 'keeps its day in New York', status: 'passed' }
    : { id: zone, file, name: 'keeps its day in New York', status: 'failed', message }
  const added: TestCase[] = proven.map((id) => ({ id, file, name: id, status: 'passed' }))
  return [...before, old, ...(fixed ? added : [])]
}

const proven = ['1969-12-31', '1900-02-28', '0001-01-01', '2023-02-29', '2024-13-01', '2024-00-10'].map(
  (text) => `${file} > parseDate > ${text}`,
)

function tests(fixed: boolean, commit: string): Evidence {
  const all = cases(fixed)
  const failed = all.filter((test) => test.status === 'failed').length
  return {
    kind: 'tests',
    framework: 'vitest',
    command: 'npx vitest run --reporter=json',
    exitCode: failed === 0 ? 0 : 1,
    total: all.length,
    passed: all.length - failed,
    failed,
    skipped: 0,
    cases: all,
    casesDropped: 0,
    parsed: true,
    ended: null,
    droppedBytes: 0,
    durationMs: 2_140,
    commit,
  }
}

function lint(findings: number, commit: string): Evidence {
  const one = {
    file: 'src/format.ts',
    line: 41,
    rule: 'no-var',
    message: 'Use let or const.',
    severity: 'warning',
  } as const
  const base = {
    tool: 'eslint',
    command: 'npx eslint .',
    exitCode: 0,
    findingsDropped: 0,
    ended: null,
    durationMs: 900,
  }
  const added = {
    file: 'src/parse.ts',
    line: 15,
    rule: 'prefer-const-enum',
    message: 'Name the constant 12.',
    severity: 'warning',
  } as const
  return { kind: 'lint', ...base, findings: findings > 1 ? [one, added] : [one], commit }
}

function coverage(hit: number, commit: string): Evidence {
  const linesFound = 412
  const files = [{ file: 'src/parse.ts', linesFound: 31, linesHit: Math.min(31, hit - 370), uncovered: [16] }]
  return {
    kind: 'coverage',
    tool: 'v8',
    linesPercent: (100 * hit) / linesFound,
    linesFound,
    linesHit: hit,
    files,
    commit,
  }
}

/** Baseline and change of a run that mended what it was asked to. */
export async function seedEvidence(
  db: Db,
  runId: string,
  base: string,
  head: string,
  at: Date,
): Promise<void> {
  const kept: [phase: 'baseline' | 'change', Evidence][] = [
    ['baseline', tests(false, base)],
    ['baseline', lint(1, base)],
    ['baseline', coverage(388, base)],
    ['change', diffEvidence(diff, head)],
    ['change', { kind: 'secrets', findings: [], commit: head }],
    ['change', tests(true, head)],
    ['change', lint(2, head)],
    ['change', { kind: 'proof', files: [file], provenBy: proven, passBoth: 39, commit: head }],
    ['change', coverage(401, head)],
  ]
  await db.insert(evidence).values(
    kept.map(([phase, data], index) => ({
      id: newId(),
      runId,
      kind: data.kind,
      phase,
      commit: phase === 'baseline' ? base : head,
      data: { ...data },
      createdAt: new Date(at.getTime() + index),
    })),
  )
}

export const evaluation = evaluate({
  testsPassed: true,
  newLintFindings: 1,
  newTypeErrors: null,
  reviewWarnings: 1,
  reviewBlocking: 0,
  testsAdded: 2,
  testsWeakened: 0,
  coverageDelta: 3.2,
  coveragePercent: 97.3,
  linesAdded: 29,
  linesRemoved: 2,
  filesChanged: 3,
  longestLine: 104,
  deepestNesting: 3,
})
