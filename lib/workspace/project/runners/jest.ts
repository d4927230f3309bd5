import { z } from 'zod'
import type { TestCase } from '@/lib/core/evidence'
import { shellWord } from '@/lib/workspace/project/commands'
import { loadFailure, parseJson, testCase } from '@/lib/workspace/project/runners/cases'
import {
  type ParsedCases,
  REPORTS_INSIDE,
  type RunnerOutput,
  type TestRunner,
} from '@/lib/workspace/project/runners/runner'

const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string().optional(),
      message: z.string().nullish(),
      assertionResults: z
        .array(
          z.object({
            fullName: z.string(),
            ancestorTitles: z.array(z.string()).default([]),
            title: z.string().default(''),
            status: z.string(),
            duration: z.number().nullish(),
            failureMessages: z.array(z.string()).nullish(),
          }),
        )
        .default([]),
    }),
  ),
})

/** Jest, by its own JSON report. */
export const jest: TestRunner = {
  plan({ command, files, coverage }) {
    const parts = [
      command.replace(/\s--(watch|watchAll|coverage|json|verbose)(=\S+)?(?=\s|$)/g, ''),
      '--ci --json',
      `--outputFile=${REPORTS_INSIDE}/jest.json`,
      coverage
        ? `--coverage --coverageReporters=lcovonly --coverageDirectory=${REPORTS_INSIDE}/coverage --coverageThreshold='{}'`
        : '--coverage=false',
      ...(files === null ? [] : ['--runTestsByPath', ...files.map(shellWord)]),
    ]
    return {
      command: parts.join(' '),
      report: 'jest.json',
      coverageReport: coverage ? 'coverage/lcov.info' : null,
      helpers: [],
    }
  },
  parse: parseJestReport,
}

/** Jest's report, which Vitest writes as well. */
export function parseJestReport(output: RunnerOutput): ParsedCases {
  const parsed = reportSchema.safeParse(parseJson(output.report ?? ''))
  if (!parsed.success) return null
  return parsed.data.testResults.flatMap((suite): TestCase[] => {
    const cases = suite.assertionResults.map((one) =>
      testCase({
        file: suite.name,
        name:
          [...one.ancestorTitles.filter((title) => title !== ''), one.title].join(' > ') ||
          one.fullName.trim(),
        status: statusOf(one.status),
        message: one.failureMessages?.join('\n'),
        durationMs: one.duration ?? undefined,
      }),
    )
    const broken = suite.status === 'failed' && !cases.some((one) => one.status === 'failed')
    return broken ? [...cases, loadFailure(suite.name, suite.message ?? '')] : cases
  })
}

function statusOf(status: string): TestCase['status'] {
  if (status === 'passed') return 'passed'
  return status === 'failed' ? 'failed' : 'skipped'
}
