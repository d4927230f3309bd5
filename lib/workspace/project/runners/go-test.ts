import { z } from 'zod'
import type { TestCase } from '@/lib/core/evidence'
import { shellWord } from '@/lib/workspace/project/commands'
import { jsonLines, loadFailure, testCase } from '@/lib/workspace/project/runners/cases'
import {
  type ParsedCases,
  REPORTS_INSIDE,
  type RunnerOutput,
  type TestRunner,
} from '@/lib/workspace/project/runners/runner'

const eventSchema = z.object({
  Action: z.string(),
  Package: z.string().optional(),
  ImportPath: z.string().optional(),
  Test: z.string().optional(),
  Output: z.string().optional(),
  Elapsed: z.number().optional(),
})

/** Output kept of one test for its message, in characters: a test may print without end. */
const MAX_OUTPUT = 20_000

/** `go test`, by its JSON stream, led into a file so that prints of 50 MB do not push results out of the output. */
export const goTest: TestRunner = {
  plan({ command, files, coverage }) {
    const plain = command.replace(/\s-(json|v)(?=\s|$)/g, '').replace(/\s-coverprofile[= ]\S+/g, '')
    const flags = `-json${coverage ? ` -coverprofile=${REPORTS_INSIDE}/go.cover` : ''}`
    const all = plain.replace(/go\s+test(?=\s|$)/, () => `go test ${flags}`)
    const run = files === null ? all : `go test ${flags} ${packagesOf(files).map(shellWord).join(' ')}`
    return {
      command: `${run} >${REPORTS_INSIDE}/go.jsonl`,
      report: 'go.jsonl',
      coverageReport: coverage ? 'go.cover' : null,
      helpers: [],
    }
  },
  parse: parseGo,
}

/** Go runs packages, not files. */
function packagesOf(files: readonly string[]): readonly string[] {
  return [...new Set(files.map((file) => `./${file.split('/').slice(0, -1).join('/')}`))]
}

function parseGo(output: RunnerOutput): ParsedCases {
  if (output.report === null) return null
  const cases: TestCase[] = []
  const printed = new Map<string, string>()
  const withFailures = new Set<string>()
  for (const line of jsonLines(output.report)) {
    const parsed = eventSchema.safeParse(line)
    if (!parsed.success) continue
    const event = parsed.data
    // Build output names `pkg [pkg.test]`; the package's own events name `pkg`.
    const owner = event.Package ?? event.ImportPath?.replace(/\s\[.*\]$/, '') ?? ''
    const key = `${owner}\0${event.Test ?? ''}`
    if (event.Action === 'output' || event.Action === 'build-output') {
      const before = printed.get(key) ?? ''
      if (before.length < MAX_OUTPUT) printed.set(key, before + (event.Output ?? ''))
      continue
    }
    if (event.Test === undefined) {
      if (event.Action === 'fail' && event.Package !== undefined && !withFailures.has(event.Package)) {
        cases.push(loadFailure(event.Package, printed.get(`${event.Package}\0`) ?? output.stderr))
      }
      continue
    }
    const status = { pass: 'passed', fail: 'failed', skip: 'skipped' }[event.Action]
    if (status !== 'passed' && status !== 'failed' && status !== 'skipped') continue
    if (status === 'failed') withFailures.add(owner)
    const message = status === 'failed' ? testOutput(printed.get(key) ?? '') : undefined
    cases.push(
      testCase({ file: owner, name: event.Test, status, message, durationMs: (event.Elapsed ?? 0) * 1000 }),
    )
    printed.delete(key)
  }
  return cases
}

function testOutput(text: string): string {
  return text.replace(/^\s*(=== |--- ).*\n?/gm, '')
}
