import { parseUnifiedDiff } from '@/lib/core/diff-lines'
import {
  coverageEvidenceSchema,
  diffEvidenceSchema,
  lintEvidenceSchema,
  secretsEvidenceSchema,
  type TestCase,
  type TestFlag,
  testEvidenceSchema,
  typesEvidenceSchema,
} from '@/lib/core/evidence'
import { compareFindings, compareTests } from '@/lib/core/evidence-compare'
import type { EvidenceView } from '@/lib/services/views'
import { flagWords, type LineNote, latest } from './checks'

/**
 * What the checks have to say beside lines of the diff: new findings, secrets, weakened tests, failing tests, and
 * lines that it adds and no test runs.
 */
export function evidenceNotes(evidence: readonly EvidenceView[], diff: string): readonly LineNote[] {
  const secrets = latest(evidence, 'secrets', 'change', secretsEvidenceSchema)?.findings ?? []
  const flags = latest(evidence, 'diff', 'change', diffEvidenceSchema)?.testFlags ?? []
  return [
    ...findingNotes(evidence),
    ...secrets.map(
      (found): LineNote => ({
        file: found.file,
        line: found.line || null,
        kind: 'blocking',
        source: 'secrets',
        text: `Looks like a secret (${found.rule}).`,
      }),
    ),
    ...flags.map(flagNote),
    ...failedNotes(evidence),
    ...uncoveredNotes(evidence, diff),
  ]
}

function findingNotes(evidence: readonly EvidenceView[]): LineNote[] {
  return (['lint', 'types'] as const).flatMap((kind) => {
    const schema = kind === 'lint' ? lintEvidenceSchema : typesEvidenceSchema
    const after = latest(evidence, kind, 'change', schema)
    const before = latest(evidence, kind, 'baseline', schema)
    return compareFindings(before?.findings ?? [], after?.findings ?? []).added.map(
      (finding): LineNote => ({
        file: finding.file,
        line: finding.line || null,
        kind: finding.severity === 'error' ? 'blocking' : 'warning',
        source: `${kind} · ${finding.rule}`,
        text: finding.message,
      }),
    )
  })
}

/** What was removed is counted in the old file: test-guard.ts takes its line from there. */
const ofOldFile: readonly TestFlag['kind'][] = ['test_removed', 'assertion_removed']

function flagNote(flag: TestFlag): LineNote {
  return {
    file: flag.file,
    line: flag.line || null,
    ...(ofOldFile.includes(flag.kind) ? { side: 'old' as const } : {}),
    kind: 'warning',
    source: 'test strength',
    text:
      flag.kind === 'test_file_deleted'
        ? 'A whole test file is deleted.'
        : `${flagWords(flag.kind)}: ${flag.text}`,
  }
}

/** A test that fails, at the line that its message names, else at its file. */
function failedNotes(evidence: readonly EvidenceView[]): LineNote[] {
  const before = latest(evidence, 'tests', 'baseline', testEvidenceSchema)
  const after = latest(evidence, 'tests', 'change', testEvidenceSchema)
  if (!after) return []
  const { newlyFailing, stillFailing } = compareTests(before, after)
  const note = (test: TestCase, known: boolean): LineNote => ({
    file: test.file,
    line: lineIn(test),
    kind: known ? 'warning' : 'blocking',
    source: known ? 'failed before as well' : 'failing test',
    text: test.message ? `${test.name}\n${test.message}` : test.name,
  })
  return [...newlyFailing.map((test) => note(test, false)), ...stillFailing.map((test) => note(test, true))]
}

function lineIn({ file, message = '' }: TestCase): number | null {
  const at = file === '' ? -1 : message.indexOf(`${file}:`)
  const line = at === -1 ? null : /^\d{1,7}/.exec(message.slice(at + file.length + 1))
  return line ? Number(line[0]) : null
}

/** Added lines that no test runs, those that follow each other as one note. */
function uncoveredNotes(evidence: readonly EvidenceView[], diff: string): LineNote[] {
  const files = latest(evidence, 'coverage', 'change', coverageEvidenceSchema)?.files ?? []
  const bare = new Map(
    files.flatMap(({ file, uncovered }) => (uncovered ? [[file, new Set(uncovered)]] : [])),
  )
  if (bare.size === 0) return []
  return parseUnifiedDiff(diff).flatMap(({ newPath: file, hunks }) => {
    const lines = hunks.flatMap(({ added }) => added.map(({ line }) => line))
    return stretches(lines.filter((line) => bare.get(file)?.has(line))).map(
      ([first, last]): LineNote => ({
        file,
        line: last,
        kind: 'warning',
        source: 'coverage',
        text: first === last ? 'No test runs this line.' : `No test runs lines ${first} to ${last}.`,
      }),
    )
  })
}

function stretches(lines: readonly number[]): readonly (readonly [first: number, last: number])[] {
  const found: [number, number][] = []
  for (const line of lines) {
    const open = found.at(-1)
    if (open && line === open[1] + 1) open[1] = line
    else found.push([line, line])
  }
  return found
}
