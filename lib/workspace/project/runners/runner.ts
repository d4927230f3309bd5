import type { TestCase } from '@/lib/core/evidence'

/** Where reports and helper files of a run lie: in the run's home, seen by both sides. Relative to it. */
export const REPORTS = '.devpilot'
/** The same inside the sandbox. */
export const REPORTS_INSIDE = `/home/agent/${REPORTS}`

export interface RunnerInput {
  /** The repository's own command, with its framework in it. */
  readonly command: string
  /** Test files to run, relative; null for all. */
  readonly files: readonly string[] | null
  /** Measure coverage in the same run, where the repository has the tool. */
  readonly coverage: boolean
  /** The coverage tool that was found. */
  readonly coverageTool: string | null
}

/** How a framework is run so that a machine can read what happened. */
export interface RunnerPlan {
  readonly command: string
  /** File names under REPORTS. `report` null: the output is all there is. */
  readonly report: string | null
  readonly coverageReport: string | null
  /** Helper files that are laid under REPORTS first: name and content. */
  readonly helpers: readonly (readonly [name: string, content: string])[]
}

export interface RunnerOutput {
  /** Content of the report file, null when none was written. */
  readonly report: string | null
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number | null
}

/** Cases in the order of the report; null when nothing in the output could be read. */
export type ParsedCases = readonly TestCase[] | null

export interface TestRunner {
  plan(input: RunnerInput): RunnerPlan
  parse(output: RunnerOutput): ParsedCases
}
