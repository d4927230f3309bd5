import { z } from 'zod'
import { shellWord } from '@/lib/workspace/project/commands'
import { parseJson, testCase } from '@/lib/workspace/project/runners/cases'
import {
  type ParsedCases,
  REPORTS_INSIDE,
  type RunnerOutput,
  type TestRunner,
} from '@/lib/workspace/project/runners/runner'

const caseSchema = z.object({
  title: z.string(),
  fullTitle: z.string(),
  file: z.string().nullish(),
  duration: z.number().nullish(),
  err: z.object({ message: z.string().optional(), stack: z.string().optional() }).optional(),
})
type MochaCase = z.infer<typeof caseSchema>
const reportSchema = z.object({
  passes: z.array(caseSchema),
  failures: z.array(caseSchema),
  pending: z.array(caseSchema),
})

/** Mocha, by its JSON reporter: in a file since Mocha 9.2, on stdout before. */
export const mocha: TestRunner = {
  plan({ command, files, coverage, coverageTool }) {
    const plain = command.replace(/\s(--reporter[= ]\S+|-R[= ]?\S+|--watch|-w)(?=\s|$)/g, '')
    const args = [
      `--reporter json --reporter-option output=${REPORTS_INSIDE}/mocha.json`,
      ...(files ?? []).map(shellWord),
    ].join(' ')
    const wrapped = /(^|[\s/])(c8|nyc)(?=\s)/.test(plain)
    const tool = coverageTool === 'c8' || coverageTool === 'nyc' ? coverageTool : null
    const folder = `${REPORTS_INSIDE}/coverage`
    const flags = (name: string) =>
      `${name} --reporter=lcovonly --${name === 'c8' ? 'reports-dir' : 'report-dir'}=${folder} --temp-dir=${REPORTS_INSIDE}/coverage-tmp --check-coverage=false`
    const measured = coverage && (tool !== null || wrapped)
    const run = !measured
      ? plain.replace(/^((?:\S+=\S+\s+|cross-env\s+)*)(?:c8|nyc)(?:\s+-\S+)*\s+/, '$1')
      : wrapped
        ? plain.replace(
            /(^|[\s/])(c8|nyc)(?=\s)/,
            (_all, start: string, name: string) => `${start}${flags(name)}`,
          )
        : `${flags(tool ?? 'c8')} ${plain}`
    return {
      command: `${run} ${args}`,
      report: 'mocha.json',
      coverageReport: measured ? 'coverage/lcov.info' : null,
      helpers: [],
    }
  },
  parse: parseMocha,
}

function parseMocha(output: RunnerOutput): ParsedCases {
  const parsed = reportSchema.safeParse(parseJson(output.report ?? '') ?? lastObject(output.stdout))
  if (!parsed.success) return null
  const { passes, failures, pending } = parsed.data
  const read = (status: 'passed' | 'failed' | 'skipped') => (one: MochaCase) =>
    testCase({
      file: one.file ?? '',
      name: one.fullTitle.trim() || one.title,
      status,
      message: one.err?.stack ?? one.err?.message,
      durationMs: one.duration ?? undefined,
    })
  return [...failures.map(read('failed')), ...passes.map(read('passed')), ...pending.map(read('skipped'))]
}

/** The report among what tests printed: it starts with `{` and `"stats"` on lines of their own. */
function lastObject(text: string): unknown {
  const start = text.lastIndexOf('{\n  "stats"')
  const end = text.lastIndexOf('}')
  return start < 0 || end < start ? null : parseJson(text.slice(start, end + 1))
}
