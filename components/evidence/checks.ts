import type { z } from 'zod'
import {
  type CoverageEvidence,
  coverageEvidenceSchema,
  diffEvidenceSchema,
  lintEvidenceSchema,
  proofEvidenceSchema,
  secretsEvidenceSchema,
  testEvidenceSchema,
  typesEvidenceSchema,
} from '@/lib/core/evidence'
import {
  compareFindings,
  compareTests,
  endedBadly,
  endsWorse,
  type FindingsEvidence,
  testsPassed,
} from '@/lib/core/evidence-compare'
import { evidenceWords } from '@/lib/core/evidence-words'
import type { Task } from '@/lib/core/plan'
import type { EvidenceView } from '@/lib/services/views'

/** What one kind of check says about a change, in a sentence, with the details behind it. */
export interface Check {
  readonly name: string
  readonly verdict: 'good' | 'bad' | 'warn' | 'none'
  readonly sentence: string
  readonly details: readonly CheckDetail[]
}

interface CheckDetail {
  readonly label: string
  readonly items: readonly string[]
}

/** Something to show beside a line of the diff. */
export interface LineNote {
  readonly file: string
  readonly line: number | null
  /** Which file the line is counted in: the old one for what was removed. The new one where it is left out. */
  readonly side?: 'old' | 'new'
  readonly kind: 'blocking' | 'warning' | 'note' | 'comment'
  /** The reviewer, the check, or who said it. */
  readonly source: string
  readonly text: string
  /** When a person said it. */
  readonly at?: string
}

/** All checks of a change, worst first where equal in kind; `plan` tells which files were in scope. */
export function summariseChecks(evidence: readonly EvidenceView[], plan: readonly Task[]): readonly Check[] {
  return [
    testCheck(evidence),
    proofCheck(evidence),
    coverageCheck(evidence),
    findingsCheck(evidence, 'lint', 'Lint'),
    findingsCheck(evidence, 'types', 'Types'),
    guardCheck(evidence),
    scopeCheck(evidence, plan),
    secretsCheck(evidence),
  ]
}

/** The last evidence of a kind and phase that reads as its schema says. */
export function latest<T extends z.ZodType>(
  evidence: readonly EvidenceView[],
  kind: string,
  phase: EvidenceView['phase'],
  schema: T,
): z.infer<T> | null {
  const parsed = evidence
    .filter((item) => item.kind === kind && item.phase === phase)
    .sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt))
    .flatMap((item) => {
      const result = schema.safeParse(item.data)
      return result.success ? [result.data] : []
    })
  return parsed.at(-1) ?? null
}

function detail(label: string, items: readonly string[]): CheckDetail[] {
  if (items.length === 0) return []
  return [{ label: `${label} (${items.length})`, items }]
}

function testCheck(evidence: readonly EvidenceView[]): Check {
  const before = latest(evidence, 'tests', 'baseline', testEvidenceSchema)
  const after = latest(evidence, 'tests', 'change', testEvidenceSchema)
  if (!after) {
    const was = before ? ` On the untouched base: ${evidenceWords(before)}.` : ''
    return { name: 'Tests', verdict: 'none', sentence: `Not run on this change.${was}`, details: [] }
  }
  const compared = compareTests(before, after)
  const passed = testsPassed(after)
  const parts = [
    before ? `Before: ${evidenceWords(before)}.` : 'There is no baseline.',
    `Now: ${evidenceWords(after)}.`,
    fixedWords(compared.fixed.length),
    after.note ?? '',
  ]
  return {
    name: 'Tests',
    verdict: compared.regressed ? 'bad' : passed ? 'good' : 'warn',
    sentence: parts.filter(Boolean).join(' '),
    details: [
      ...detail('Newly failing', compared.newlyFailing.map(testLine)),
      ...detail('Failed before, pass now', compared.fixed.map(testLine)),
      ...detail('Failed before and still fail', compared.stillFailing.map(testLine)),
      ...detail('Ran before and are gone', compared.missing.map(testLine)),
      ...detail('Newly skipped', compared.newlySkipped.map(testLine)),
    ],
  }
}

function fixedWords(count: number): string {
  if (count === 0) return ''
  return count === 1 ? '1 test that failed before passes now.' : `${count} tests that failed before pass now.`
}

function testLine(test: { readonly id: string; readonly message?: string | undefined }): string {
  return test.message ? `${test.id}\n${test.message}` : test.id
}

/** The new tests fail on the base and pass on the head: that is what makes them a proof. */
function proofCheck(evidence: readonly EvidenceView[]): Check {
  const name = 'Proof'
  const proof = latest(evidence, 'proof', 'change', proofEvidenceSchema)
  if (!proof) return { name, verdict: 'none', sentence: 'No test was tried on base and change.', details: [] }
  const proven = proof.provenBy.length
  const both = `${proof.passBoth} pass on both.`
  const sentence =
    proven === 0
      ? `Of the changed test files no test fails on the base and passes now; ${both} ${proof.note ?? ''}`
      : `Of the changed test files ${proven} ${proven === 1 ? 'test fails' : 'tests fail'} on the base and ${proven === 1 ? 'passes' : 'pass'} now; ${both} ${proof.note ?? ''}`
  return {
    name,
    verdict: proven === 0 ? 'warn' : 'good',
    sentence: sentence.trim(),
    details: detail('Fail on the base, pass on the change', proof.provenBy),
  }
}

function coverageCheck(evidence: readonly EvidenceView[]): Check {
  const before = latest(evidence, 'coverage', 'baseline', coverageEvidenceSchema)
  const after = latest(evidence, 'coverage', 'change', coverageEvidenceSchema)
  if (!after || after.linesPercent === null) {
    const reason = after?.reason ?? 'Not measured on this change.'
    return { name: 'Coverage', verdict: 'none', sentence: reason, details: [] }
  }
  const delta = before?.linesPercent == null ? null : after.linesPercent - before.linesPercent
  const change =
    delta === null ? 'no baseline' : `${delta >= 0 ? '+' : '−'}${Math.abs(delta).toFixed(1)} points`
  return {
    name: 'Coverage',
    verdict: delta !== null && delta < -0.05 ? 'warn' : 'good',
    sentence: `${after.linesPercent.toFixed(1)}% of lines (${change}), by ${after.tool}.`,
    details: detail('Files', after.files.map(fileCoverage)),
  }
}

function fileCoverage(file: CoverageEvidence['files'][number]): string {
  const percent = file.linesFound === 0 ? 100 : (100 * file.linesHit) / file.linesFound
  return `${percent.toFixed(0).padStart(3)}%  ${file.file}`
}

function findingsCheck(evidence: readonly EvidenceView[], kind: 'lint' | 'types', name: string): Check {
  const schema = kind === 'lint' ? lintEvidenceSchema : typesEvidenceSchema
  const before = latest(evidence, kind, 'baseline', schema)
  const after = latest(evidence, kind, 'change', schema)
  if (!after) {
    const was = before ? ` On the untouched base: ${evidenceWords(before)}.` : ''
    return { name, verdict: 'none', sentence: `Not run on this change.${was}`, details: [] }
  }
  const { added, fixed, kept } = compareFindings(before?.findings ?? [], after.findings)
  const worse = endsWorse(before, after)
  const silent = after.findings.length === 0 && endedBadly(after)
  const worst = worse || added.some((finding) => finding.severity === 'error') ? 'bad' : 'warn'
  const line = (finding: (typeof added)[number]): string =>
    `${finding.file}:${finding.line} ${finding.rule}: ${finding.message}`
  return {
    name,
    verdict: worse || added.length > 0 ? worst : silent || after.ended ? 'warn' : 'good',
    sentence: [
      silent
        ? ''
        : `${added.length} new, ${fixed.length} fixed, ${kept.length} there before, by ${after.tool}.`,
      worse || silent || after.ended ? endWords(before, after) : '',
    ]
      .filter(Boolean)
      .join(' '),
    details: [...detail('New', added.map(line)), ...detail('Fixed', fixed.map(line))],
  }
}

function endWords(before: FindingsEvidence | null, after: FindingsEvidence): string {
  const { tool, ended, exitCode, note = '', findings } = after
  const how = ended ? `was ended by us (${ended})` : `ended with exit code ${exitCode ?? 'none'}`
  const what = findings.length === 0 ? `${how} and named no finding` : how
  return `${tool} ${what}${against(before, after)}. ${note}`.trim()
}

/** How that is to the base; nothing where both ended badly, and otherwise. */
function against(before: FindingsEvidence | null, after: FindingsEvidence): string {
  if (before === null) return ', and there is no baseline'
  if (!endedBadly(before)) return ', which it did not before the change'
  if (endsWorse(before, after)) return '; before the change it named findings'
  return before.ended === after.ended && before.exitCode === after.exitCode
    ? ', as it did before the change'
    : ''
}

function guardCheck(evidence: readonly EvidenceView[]): Check {
  const name = 'Test strength'
  const diff = latest(evidence, 'diff', 'change', diffEvidenceSchema)
  if (!diff) return { name, verdict: 'none', sentence: 'Not judged for this change.', details: [] }
  const flags = diff.testFlags.map(
    (flag) => `${flag.file}:${flag.line} ${flagWords(flag.kind)}: ${flag.text}`,
  )
  if (flags.length > 0)
    return {
      name,
      verdict: 'bad',
      sentence: `${flags.length} places weaken tests.`,
      details: detail('Places', flags),
    }
  const touched = diff.testsTouched.length
  const sentence = `No test deleted, skipped or weakened; ${touched} test ${touched === 1 ? 'file' : 'files'} changed.`
  return { name, verdict: 'good', sentence, details: detail('Test files', diff.testsTouched) }
}

export function flagWords(kind: string): string {
  return kind.replaceAll('_', ' ')
}

/** Whether a path is what a plan names: the file itself, or anything below a folder that ends in `/`. */
function inScope(path: string, files: readonly string[]): boolean {
  return files.some((file) => file === path || (file.endsWith('/') && path.startsWith(file)))
}

function scopeCheck(evidence: readonly EvidenceView[], plan: readonly Task[]): Check {
  const name = 'Scope'
  const diff = latest(evidence, 'diff', 'change', diffEvidenceSchema)
  if (!diff || plan.length === 0)
    return { name, verdict: 'none', sentence: 'There is no plan to compare with.', details: [] }
  const declared = plan.flatMap((task) => task.files_likely_affected)
  const outside = diff.files
    .map((file) => file.file)
    .filter((file) => !inScope(file, declared) && !diff.testsTouched.includes(file))
  const size = `${diff.files.length} ${diff.files.length === 1 ? 'file' : 'files'}, +${diff.added} −${diff.removed}`
  if (outside.length === 0)
    return { name, verdict: 'good', sentence: `${size}, all in the plan's files or tests.`, details: [] }
  const sentence = `${size}; ${outside.length} outside the plan's files.`
  return { name, verdict: 'warn', sentence, details: detail('Outside the plan', outside) }
}

function secretsCheck(evidence: readonly EvidenceView[]): Check {
  const name = 'Secrets'
  const secrets = latest(evidence, 'secrets', 'change', secretsEvidenceSchema)
  if (!secrets) return { name, verdict: 'none', sentence: 'Not scanned.', details: [] }
  const lines = secrets.findings.map((finding) => `${finding.file}:${finding.line} ${finding.rule}`)
  if (lines.length === 0) return { name, verdict: 'good', sentence: 'None found in the change.', details: [] }
  return { name, verdict: 'bad', sentence: `${lines.length} found.`, details: detail('Places', lines) }
}
