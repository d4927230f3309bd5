import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  type CoverageEvidence,
  type LintEvidence,
  MAX_CASES,
  MAX_FINDINGS,
  type TestCase,
  type TestEvidence,
  type TypesEvidence,
} from '@/lib/core/evidence'
import { coverageEvidence, noCoverage, readGoProfile, readLcov } from '@/lib/workspace/project/coverage'
import type { DependencyLayer } from '@/lib/workspace/project/dependencies'
import { findingFlags, readFindings } from '@/lib/workspace/project/findings'
import type { Check, Project } from '@/lib/workspace/project/project'
import { readPlain } from '@/lib/workspace/project/reader'
import { runners } from '@/lib/workspace/project/runners'
import { loadFailure, withUniqueIds } from '@/lib/workspace/project/runners/cases'
import { REPORTS, type RunnerPlan } from '@/lib/workspace/project/runners/runner'
import { withPaths } from '@/lib/workspace/project/setup-plan'
import { cleanMessage, lastLines } from '@/lib/workspace/project/text'
import { giveToSandbox } from '@/lib/workspace/sandbox/ownership'
import type { Mount, Sandbox, SandboxLimits, SandboxResult } from '@/lib/workspace/sandbox/sandbox'

/** Largest report that is read: one beyond it counts as not written. */
const MAX_REPORT = 256 * 1024 * 1024

export interface CheckInput {
  readonly sandbox: Sandbox
  /** Host path of the worktree. */
  readonly workspace: string
  /** Host path of the run's home: reports come out through it. */
  readonly home: string
  readonly layer: DependencyLayer
  readonly project: Project
  readonly limits?: Partial<SandboxLimits>
  /** Hosts that the configuration lets commands reach; none without it. */
  readonly egress?: readonly string[]
  /** More host folders, read-only. */
  readonly mounts?: readonly Mount[]
  /** Commit that is checked, for the evidence. */
  readonly commit: string | null
  readonly signal?: AbortSignal | undefined
}

export interface TestRun {
  readonly tests: TestEvidence
  /** Null when it was not asked for. */
  readonly coverage: CoverageEvidence | null
}

/**
 * Runs the repository's tests, all or given files, with no network; null when it has none. A run that hangs, crashes
 * or prints without end is evidence, not an error.
 * @throws AppError('sandbox_unavailable') when commands cannot run at all
 */
export async function runTests(
  input: CheckInput & { readonly files?: readonly string[]; readonly coverage?: boolean },
): Promise<TestRun | null> {
  const { project, home } = input
  if (project.test === null) return null
  const { command, framework } = project.test.value
  const runner = runners[framework]
  const coverageTool = project.coverage?.value ?? null
  const plan = runner.plan({
    command,
    files: input.files ?? null,
    coverage: input.coverage ?? false,
    coverageTool,
  })
  const reports = join(home, REPORTS)
  // What an earlier run left must not be taken for this one's.
  await rm(reports, { recursive: true, force: true })
  await mkdir(reports, { recursive: true })
  for (const [name, content] of plan.helpers) {
    await writeFile(join(reports, name), content)
    giveToSandbox(join(reports, name))
  }
  giveToSandbox(reports)
  const result = await runCommand(input, plan.command)
  const report = plan.report === null ? null : await readPlain(join(reports, plan.report), MAX_REPORT)
  const parsed = runner.parse({
    report,
    stdout: result.stdout,
    stderr: result.stderr,
    exitCode: result.exitCode,
  })
  const tests = testEvidence({ input, framework, plan, result, parsed })
  const coverage = input.coverage === true ? await readCoverage(input, plan, framework, reports) : null
  return { tests, coverage }
}

interface Outcome {
  readonly input: CheckInput
  readonly framework: string
  readonly plan: RunnerPlan
  readonly result: SandboxResult
  readonly parsed: readonly TestCase[] | null
}

function testEvidence({ input, framework, plan, result, parsed }: Outcome): TestEvidence {
  const cases = withUniqueIds(parsed ?? unread(framework, result))
  const of = (status: TestCase['status']) => cases.filter((one) => one.status === status)
  const kept = [...of('failed'), ...of('passed'), ...of('skipped')].slice(0, MAX_CASES)
  const note = noteOf(framework, parsed, result)
  return {
    kind: 'tests',
    framework,
    command: plan.command,
    exitCode: result.exitCode,
    total: cases.length,
    passed: of('passed').length,
    failed: of('failed').length,
    skipped: of('skipped').length,
    cases: kept,
    casesDropped: cases.length - kept.length,
    parsed: parsed !== null,
    ...(note === undefined ? {} : { note }),
    ended: result.ended,
    droppedBytes: result.droppedBytes.stdout + result.droppedBytes.stderr,
    durationMs: result.durationMs,
    commit: input.commit,
  }
}

/** A known framework that wrote nothing and failed has crashed: one failed case carries its words. */
function unread(framework: string, result: SandboxResult): readonly TestCase[] {
  if (framework === 'unknown' || result.exitCode === 0 || result.ended !== null) return []
  return [loadFailure('', lastLines(cleanMessage(`${result.stdout}\n${result.stderr}`), 40))]
}

function noteOf(
  framework: string,
  parsed: readonly TestCase[] | null,
  result: SandboxResult,
): string | undefined {
  if (result.ended === 'timeout')
    return 'The tests did not end within the time limit; those that ended before it are counted.'
  if (result.ended !== null) return `The tests were ended (${result.ended}).`
  if (parsed !== null) return undefined
  if (framework === 'unknown') return 'The framework is not known: only the exit code counts.'
  return `${framework} left no report that can be read: ${lastLines(cleanMessage(result.stderr || result.stdout), 5)}`
}

async function readCoverage(
  input: CheckInput,
  plan: RunnerPlan,
  framework: string,
  reports: string,
): Promise<CoverageEvidence> {
  const tool = input.project.coverage?.value ?? framework
  if (plan.coverageReport === null) {
    return noCoverage(
      tool,
      `The repository has no coverage tool for ${framework} that can be used here.`,
      input.commit,
    )
  }
  const report = await readPlain(join(reports, plan.coverageReport), MAX_REPORT)
  if (report === null) return noCoverage(tool, 'The test run wrote no coverage report.', input.commit)
  if (framework !== 'go-test') return coverageEvidence(tool, readLcov(report), input.commit)
  const module = /^module\s+(\S+)/m.exec(
    (await readPlain(join(input.workspace, 'go.mod'), 1_000_000)) ?? '',
  )?.[1]
  return coverageEvidence(tool, readGoProfile(report, module ?? ''), input.commit)
}

/** Runs the repository's linter; null when it has none. */
export async function runLint(input: CheckInput): Promise<LintEvidence | null> {
  const check = input.project.lint?.value
  return check === undefined ? null : { kind: 'lint', ...(await runFindings(input, check)) }
}

/** Runs the repository's type checker; null when it has none. */
export async function runTypes(input: CheckInput): Promise<TypesEvidence | null> {
  const check = input.project.types?.value
  return check === undefined ? null : { kind: 'types', ...(await runFindings(input, check)) }
}

async function runFindings(input: CheckInput, check: Check): Promise<Omit<LintEvidence, 'kind'>> {
  const flags = findingFlags[check.tool]
  const command = flags === undefined ? check.command : `${check.command} ${flags}`
  // A JSON report of a large repository is longer than what is kept of ordinary output.
  const result = await runCommand(
    { ...input, limits: { outputBytes: 16 * 1024 * 1024, ...input.limits } },
    command,
  )
  const findings = readFindings(check.tool, result.stdout, result.stderr)
  const unread = findings === null || (findings.length === 0 && result.exitCode !== 0)
  const note = unread
    ? `Only the exit code counts. Last lines: ${lastLines(cleanMessage(`${result.stdout}\n${result.stderr}`), 10)}`
    : null
  return {
    tool: check.tool,
    command,
    exitCode: result.exitCode,
    findings: (findings ?? []).slice(0, MAX_FINDINGS),
    findingsDropped: Math.max(0, (findings ?? []).length - MAX_FINDINGS),
    ...(note === null ? {} : { note }),
    ended: result.ended,
    durationMs: result.durationMs,
    commit: input.commit,
  }
}

/** A command of the repository with its dependencies in reach and no network. */
export async function runCommand(input: CheckInput, command: string): Promise<SandboxResult> {
  const { layer } = input
  await mkdir(dirname(join(input.home, REPORTS)), { recursive: true })
  return input.sandbox.run({
    command: withPaths(layer.paths, command),
    workspace: input.workspace,
    home: input.home,
    env: layer.env,
    mounts: [...layer.mounts, ...(input.mounts ?? [])],
    scratch: layer.scratch,
    ...(input.egress === undefined ? {} : { egress: input.egress }),
    ...(input.limits === undefined ? {} : { limits: input.limits }),
    ...(input.signal === undefined ? {} : { signal: input.signal }),
  })
}
