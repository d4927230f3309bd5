import { shellWord } from '@/lib/workspace/project/commands'
import { parseJestReport } from '@/lib/workspace/project/runners/jest'
import { REPORTS_INSIDE, type TestRunner } from '@/lib/workspace/project/runners/runner'

/** Vitest, by its JSON reporter. */
export const vitest: TestRunner = {
  plan({ command, files, coverage, coverageTool }) {
    const measured = coverage && (coverageTool?.startsWith('@vitest/coverage') ?? false)
    const plain = command
      .replace(/\s--(watch|ui|coverage|reporter|outputFile)(\.\w+)*(=\S+)?(?=\s|$)/g, '')
      .replace(/\s-w(?=\s|$)/, '')
    const run = /vitest(\.mjs)?\s+(run|related)(?=\s|$)/.test(plain) ? '' : '--run'
    const parts = [
      plain,
      run,
      `--reporter=json --outputFile.json=${REPORTS_INSIDE}/vitest.json`,
      measured
        ? `--coverage.enabled --coverage.reporter=lcovonly --coverage.reportOnFailure --coverage.reportsDirectory=${REPORTS_INSIDE}/coverage`
        : '--coverage.enabled=false',
      ...(files ?? []).map(shellWord),
    ]
    return {
      command: parts.filter((part) => part !== '').join(' '),
      report: 'vitest.json',
      coverageReport: measured ? 'coverage/lcov.info' : null,
      helpers: [],
    }
  },
  parse: parseJestReport,
}
