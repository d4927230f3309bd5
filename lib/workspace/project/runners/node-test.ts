import { z } from 'zod'
import { shellWord } from '@/lib/workspace/project/commands'
import { jsonLines, testCase } from '@/lib/workspace/project/runners/cases'
import {
  type ParsedCases,
  REPORTS_INSIDE,
  type RunnerOutput,
  type TestRunner,
} from '@/lib/workspace/project/runners/runner'

/** A reporter for node:test that writes one line of JSON an event: the built-in ones drop files or nesting. */
const reporter = `export default async function* report(source) {
  const stack = []
  const printed = new Map()
  for await (const { type, data } of source) {
    if (type === 'test:stderr') { printed.set(data.file, ((printed.get(data.file) ?? '') + data.message).slice(-4000)); continue }
    if (type === 'test:start') { stack.length = data.nesting; stack[data.nesting] = data.name; continue }
    if (type !== 'test:pass' && type !== 'test:fail') continue
    const error = data.details?.error
    const cause = error?.cause
    yield JSON.stringify({
      names: [...stack.slice(0, data.nesting), data.name],
      file: data.file ?? '',
      passed: type === 'test:pass',
      suite: data.details?.type === 'suite',
      skipped: data.skip !== undefined && data.skip !== false,
      todo: data.todo !== undefined && data.todo !== false,
      durationMs: data.details?.duration_ms,
      failure: error?.failureType ?? null,
      printed: error && data.nesting === 0 ? (printed.get(data.file ?? data.name) ?? '') : '',
      message: error ? String(cause?.stack ?? cause?.message ?? cause ?? error.message) : '',
    }) + '\\n'
  }
}
`

const eventSchema = z.object({
  names: z.array(z.string().nullable()),
  file: z.string(),
  passed: z.boolean(),
  suite: z.boolean(),
  skipped: z.boolean(),
  todo: z.boolean(),
  durationMs: z.number().optional(),
  failure: z.string().nullable(),
  message: z.string(),
  /** What the file's process wrote to stderr: why it could not be loaded. */
  printed: z.string().default(''),
})

/** Node's own test runner. */
export const nodeTest: TestRunner = {
  plan({ command, files, coverage }) {
    const flags = [
      '--test',
      `--test-reporter=${REPORTS_INSIDE}/node-reporter.mjs --test-reporter-destination=${REPORTS_INSIDE}/node.jsonl`,
      ...(coverage
        ? [
            `--experimental-test-coverage --test-reporter=lcov --test-reporter-destination=${REPORTS_INSIDE}/node.lcov`,
          ]
        : []),
    ].join(' ')
    const plain = command
      .replace(/\s--(test-reporter|test-reporter-destination)[= ]\S+/g, '')
      .replace(/\s--(watch|experimental-test-coverage)(?=\s|$)/g, '')
    // Options of node must stand before the files: they go in where `--test` stands.
    const run = plain.replace(/--test(?=\s|$)/, () => flags)
    const only = files === null ? run : `${withoutFiles(run)} ${files.map(shellWord).join(' ')}`
    return {
      command: only,
      report: 'node.jsonl',
      coverageReport: coverage ? 'node.lcov' : null,
      helpers: [['node-reporter.mjs', reporter]],
    }
  },
  parse: parseNode,
}

/** Drops the file patterns at the end of the command; values of options hold a `=` or follow `--import` and `-r`. */
function withoutFiles(command: string): string {
  const words = command.split(/\s+/)
  while (words.length > 1) {
    const last = words.at(-1) ?? ''
    if (last.startsWith('-') || /^(--import|--require|-r|--loader|--conditions|-C)$/.test(words.at(-2) ?? ''))
      break
    words.pop()
  }
  return words.join(' ')
}

function parseNode(output: RunnerOutput): ParsedCases {
  if (output.report === null) return null
  const cases = []
  for (const line of jsonLines(output.report)) {
    const parsed = eventSchema.safeParse(line)
    if (!parsed.success) continue
    const event = parsed.data
    // A suite or parent that fails only through its children would count them twice.
    if (event.failure === 'subtestsFailed' || (event.suite && event.passed)) continue
    const names = event.names.map((name) => name ?? '')
    const whole = names.length === 1 && event.file !== '' && event.file.endsWith(names[0] ?? '')
    if (whole && event.passed) continue
    cases.push(
      testCase({
        file: event.file,
        name: whole ? '(load)' : names.join(' > '),
        status: event.skipped || event.todo ? 'skipped' : event.passed ? 'passed' : 'failed',
        message: event.passed ? undefined : whole && event.printed !== '' ? event.printed : event.message,
        durationMs: event.durationMs,
      }),
    )
  }
  return cases
}
