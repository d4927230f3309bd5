import { z } from 'zod'
import { shellWord } from '@/lib/workspace/project/commands'
import { jsonLines, testCase } from '@/lib/workspace/project/runners/cases'
import {
  type ParsedCases,
  REPORTS_INSIDE,
  type RunnerOutput,
  type TestRunner,
} from '@/lib/workspace/project/runners/runner'

/** Runs unittest's own main with a result class that writes one line of JSON a test: its text mixes with prints. */
const program = `import inspect, json, os, sys, time, unittest

OUT = open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'unittest.jsonl'), 'w')


class Result(unittest.TextTestResult):
    def startTest(self, test):
        self._began = time.monotonic()
        super().startTest(test)

    def _write(self, test, status, message=''):
        try:
            file = os.path.relpath(inspect.getfile(type(test)))
        except (TypeError, OSError, ValueError):
            file = ''
        loader = type(test).__module__ == 'unittest.loader'
        name = test.id() if not hasattr(test, '_testMethodName') else type(test).__name__ + '.' + str(test).split(' ')[0]
        sub = getattr(test, 'test_case', None)
        if sub is not None:
            file = os.path.relpath(inspect.getfile(type(sub)))
            name = type(sub).__name__ + '.' + str(test).split(' ')[0] + ' ' + test._subDescription()
        if loader:
            file, name = getattr(test, '_testMethodName', '').replace('.', '/') + '.py', '(load)'
        began = getattr(self, '_began', time.monotonic())
        OUT.write(json.dumps({'file': file, 'name': name, 'status': status, 'message': message, 'durationMs': (time.monotonic() - began) * 1000}) + '\\n')
        OUT.flush()

    def addSuccess(self, test):
        super().addSuccess(test)
        self._write(test, 'passed')

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._write(test, 'failed', self._exc_info_to_string(err, test))

    def addError(self, test, err):
        super().addError(test, err)
        self._write(test, 'failed', self._exc_info_to_string(err, test))

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._write(subtest, 'failed', self._exc_info_to_string(err, subtest))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._write(test, 'skipped', reason)

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self._write(test, 'passed')

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._write(test, 'failed', 'unexpected success')


sys.path.insert(0, os.getcwd())
unittest.main(module=None, argv=['python -m unittest'] + sys.argv[1:], testRunner=unittest.TextTestRunner(resultclass=Result))
`

const lineSchema = z.object({
  file: z.string(),
  name: z.string(),
  status: z.enum(['passed', 'failed', 'skipped']),
  message: z.string(),
  durationMs: z.number(),
})

/** Python's unittest. */
export const unittest: TestRunner = {
  plan({ command, files }) {
    const script = `${REPORTS_INSIDE}/unittest_report.py`
    const all = command.replace(/-m\s+unittest(?=\s|$)/, script)
    const python = /^(.*?)-m\s+unittest(?=\s|$)/.exec(command)?.[1]?.trim() || 'python'
    return {
      command: files === null ? all : `${python} ${script} ${files.map(shellWord).join(' ')}`,
      report: 'unittest.jsonl',
      coverageReport: null,
      helpers: [['unittest_report.py', program]],
    }
  },
  parse: parseUnittest,
}

function parseUnittest(output: RunnerOutput): ParsedCases {
  if (output.report === null) return null
  const cases = []
  for (const line of jsonLines(output.report)) {
    const parsed = lineSchema.safeParse(line)
    if (!parsed.success) continue
    const { message, ...rest } = parsed.data
    cases.push(testCase({ ...rest, message: rest.status === 'passed' ? undefined : message }))
  }
  return cases
}
