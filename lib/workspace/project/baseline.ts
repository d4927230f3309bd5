import type { CoverageEvidence, LintEvidence, TestEvidence, TypesEvidence } from '@/lib/core/evidence'
import { type CheckInput, runLint, runTests, runTypes } from '@/lib/workspace/project/run-checks'

/** How the untouched base does: what was broken there is never blamed on a change. */
export interface Baseline {
  readonly tests: TestEvidence | null
  readonly coverage: CoverageEvidence | null
  readonly lint: LintEvidence | null
  readonly types: TypesEvidence | null
  /** What does not work already, as sentences. */
  readonly warnings: readonly string[]
}

/**
 * Tests, lint and types of the base, one after another. Nothing that they do is fatal.
 * @throws AppError('sandbox_unavailable') when commands cannot run at all; AppError('cancelled') is a result, not thrown
 */
export async function runBaseline(input: CheckInput & { readonly coverage?: boolean }): Promise<Baseline> {
  const run = await runTests(input)
  const lint = await runLint(input)
  const types = await runTypes(input)
  const tests = run?.tests ?? null
  return {
    tests,
    coverage: run?.coverage ?? null,
    lint,
    types,
    warnings: [
      ...testWarnings(tests),
      ...findingWarnings('Lint', lint),
      ...findingWarnings('The type check', types),
    ],
  }
}

function testWarnings(tests: TestEvidence | null): readonly string[] {
  if (tests === null) return []
  if (tests.ended !== null)
    return [`The tests do not end on the base (${tests.ended}): \`${tests.command}\`.`]
  if (tests.failed > 0)
    return [
      `${tests.failed} of ${tests.total} tests fail on the base already: they are not blamed on the change.`,
    ]
  if (tests.exitCode !== 0)
    return [`The tests end with ${tests.exitCode} on the base: ${tests.note ?? `\`${tests.command}\``}`]
  return []
}

function findingWarnings(name: string, evidence: LintEvidence | TypesEvidence | null): readonly string[] {
  if (evidence === null) return []
  if (evidence.ended !== null) return [`${name} does not end on the base (${evidence.ended}).`]
  if (evidence.findings.length > 0)
    return [`${name} has ${evidence.findings.length} findings on the base already.`]
  return evidence.exitCode === 0
    ? []
    : [`${name} ends with ${evidence.exitCode} on the base: ${evidence.note ?? ''}`]
}
