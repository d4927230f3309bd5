import { z } from 'zod'
import { readTools, writeTools } from '@/lib/agents/tools/files'
import type { CoverageEvidence, TestEvidence } from '@/lib/core/evidence'
import { compareTests, type TestComparison } from '@/lib/core/evidence-compare'
import type { Outcome } from '@/lib/core/outcome'
import type { StepResult } from '@/lib/core/record'
import { diffEvidence, isTestPath } from '@/lib/core/test-guard'
import { unfinished, workAgent } from './agent'
import { newProblems } from './checks'
import type { Bench, Step, StepContext } from './ports'
import { prove } from './proof'
import { scanSecrets } from './secrets'
import { countsText, criteriaText, diffText, failuresText, issueText, section } from './text'
import { weakenedText } from './weakened'

const MAX_DIFF = 80_000
/** Where tests live by the habits of the languages; the tester can write nowhere else. */
const testFolders = ['test', 'tests', '__tests__', '__tests', 'spec', 'specs', 'testing', 'testdata']
const testNames: Readonly<Record<string, readonly string[]>> = {
  python: ['**/test_*.py', '**/*_test.py', '**/conftest.py'],
  go: ['**/*_test.go'],
  rust: ['**/tests.rs', '**/*_test.rs'],
  java: ['**/*Test.java', '**/*Tests.java', '**/*Test.kt'],
}
const scriptNames = ['**/*.test.*', '**/*.spec.*', '**/*-test.*', '**/*_test.*']

function testScope(bench: Bench, changed: readonly string[]): string[] {
  const names = testNames[bench.facts.language] ?? scriptNames
  return [...names, ...testFolders.map((folder) => `**/${folder}/`), ...changed.filter(isTestPath)]
}

export const testedSchema = z.object({
  tests: z.array(z.object({ file: z.string(), name: z.string(), proves: z.string() })).max(50),
  summary: z.string().min(1).max(4_000),
  confidence: z.number().min(0).max(1),
})

/** Writes tests for what changed, then runs the whole suite in a clean checkout and proves the change with it. */
export const tester: Step = async (context) => {
  const bench = await context.bench()
  const written = await writeTests(context, bench)
  if ('outcome' in written) return written
  const headSha = await bench.workspace([]).headSha()
  const ran = await runSuite(context, bench, headSha)
  return { ...ran, summary: { ...written.summary, ...ran.summary }, run: { headSha } }
}

/** The agent's part; left out when the tests of this code are written and only a fix came after them. */
async function writeTests(
  context: StepContext,
  bench: Bench,
): Promise<StepResult | { summary: Record<string, unknown> }> {
  const coded = (await context.record.beadsOf('coder')).length
  const before = (await context.record.beadsOf('tester')).findLast(
    (bead) => bead.summary.written !== undefined,
  )
  if (before && before.summary.coded === coded) return { summary: { written: before.summary.written, coded } }
  if (bench.facts.framework === null)
    return { summary: { note: 'The project has no tests that can be run.' } }
  if (bench.facts.refused !== null) return { summary: {} }
  const diff = await bench.diffBefore()
  const changed = diffEvidence(diff, null).files.map(({ file }) => file)
  const touched = changed.filter(isTestPath)
  const near = await bench.testsNear(changed.length > 0 ? changed : (context.run.task.files ?? []))
  const scope = testScope(bench, changed)
  const workspace = bench.workspace(scope)
  const end = await workAgent(context, {
    agent: 'tester',
    workspace,
    tools: [...readTools(workspace), ...writeTools(workspace)],
    output: testedSchema,
    accept: async (tested) =>
      missingFile(
        bench,
        tested.tests.map((test) => test.file),
      ),
    values: {
      issue: issueText(context.run.task),
      criteria: criteriaText(context.run.state.tasks) || (context.run.task.files ?? []).join('\n'),
      project: bench.facts.text,
      framework: bench.facts.framework,
      scope: scope.join(', '),
      test_files: [...new Set([...touched, ...near])].map((file) => `- ${file}`).join('\n') || 'none found',
      instructions: section('Instructions of the repository', bench.facts.instructions),
      diff: diffText(diff, MAX_DIFF) || 'Nothing has changed: write tests for the files that the task names.',
    },
  })
  if (end.kind !== 'finished') return { outcome: unfinished(end, (reason) => ({ kind: 'stuck', reason })) }
  await workspace.commit('devpilot: tests')
  return {
    summary: { written: end.value.tests, coded, tests: end.value.summary, confidence: end.value.confidence },
  }
}

async function missingFile(bench: Bench, files: readonly string[]): Promise<string | null> {
  const changed = new Set((await bench.changed()).map((change) => change.path))
  const missing = files.find((file) => !changed.has(file))
  return missing === undefined
    ? null
    : `You name tests in ${missing}, but that file has not changed in this run.`
}

async function runSuite(context: StepContext, bench: Bench, headSha: string): Promise<StepResult> {
  const { record } = context
  const diff = await bench.workspace([]).diff()
  await record.artifact('diff', diff)
  await record.evidence('change', diffEvidence(diff, headSha))
  await record.evidence('change', scanSecrets(diff, headSha))
  await bench.install()
  const before = await record.latest('baseline', 'tests')
  const suite = await bench.suite({ at: headSha, coverage: true })
  if (!suite) return withoutTests(context, headSha)
  const { tests, coverage } = suite
  const compared = await withoutFlaky(bench, headSha, before, tests)
  await record.evidence('change', tests)
  const problems = await newProblems(context, { at: headSha })
  const summary = {
    tests: countsText(tests),
    stillFailing: compared.stillFailing.length,
    missing: compared.missing.length,
  }
  if (compared.regressed || problems !== null) {
    const failing = compared.newlyFailing.map((test) => test.id)
    const reason = [
      ...(compared.regressed ? [failuresText(tests, failing)] : []),
      ...(problems === null ? [] : [problems]),
    ]
    return {
      outcome: { kind: 'tests_failed', failing, reason: reason.join('\n\n').slice(0, 4_000) },
      summary,
    }
  }
  const touched = diffEvidence(diff, headSha).files
  const files = touched
    .filter((file) => isTestPath(file.file) && file.status !== 'deleted')
    .map((file) => file.file)
  const proof = await prove(bench, { headSha, files, head: tests })
  await record.evidence('change', proof)
  if (coverage) await record.evidence('change', coverage)
  const low = coverageTooLow(bench, await record.latest('baseline', 'coverage'), coverage)
  const reason = weakenedText(before, tests, diff)?.slice(0, 4_000)
  const passed: Outcome = reason === undefined ? { kind: 'tests_passed' } : { kind: 'exhausted', reason }
  return { outcome: low ?? passed, summary: { ...summary, provenBy: proof.provenBy } }
}

/** Tests that are there and cannot be run are no tests that passed: people decide whether to go on without them. */
async function withoutTests(context: StepContext, headSha: string): Promise<StepResult> {
  const { facts } = await context.bench()
  if (facts.framework !== null && facts.refused !== null) {
    const reason = `The tests could not be run: ${facts.refused}`
    return { outcome: { kind: 'exhausted', reason }, summary: { note: reason } }
  }
  const summary = { note: 'No tests were run: the project has no test command.' }
  const reason = (await newProblems(context, { at: headSha }))?.slice(0, 4_000)
  if (reason === undefined) return { outcome: { kind: 'tests_passed' }, summary }
  return { outcome: { kind: 'tests_failed', failing: [], reason }, summary }
}

/** A test that fails once and passes at once after is flaky, not broken by the change. */
async function withoutFlaky(
  bench: Bench,
  headSha: string,
  before: TestEvidence | null,
  tests: TestEvidence,
): Promise<TestComparison> {
  const first = compareTests(before, tests)
  if (!first.regressed || tests.ended !== null) return first
  const again = (await bench.suite({ at: headSha, coverage: true }))?.tests
  if (!again) return first
  const second = compareTests(before, again)
  const both = first.newlyFailing.filter((test) => second.newlyFailing.some((other) => other.id === test.id))
  return {
    ...first,
    newlyFailing: both,
    regressed: first.newlyFailing.length === 0 ? second.regressed : both.length > 0,
  }
}

/** Under the threshold and under what the base had: a change is not blamed for tests that were always missing. */
function coverageTooLow(
  bench: Bench,
  before: CoverageEvidence | null,
  after: CoverageEvidence | null,
): Outcome | null {
  const threshold = bench.config.agents.tester.coverage_threshold
  const percent = after?.linesPercent ?? null
  if (threshold === undefined || percent === null || percent >= threshold) return null
  if (before && before.linesPercent !== null && percent >= before.linesPercent) return null
  return { kind: 'coverage_low', percent, threshold }
}
