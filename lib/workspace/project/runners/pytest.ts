import { shellWord } from '@/lib/workspace/project/commands'
import { junitCases } from '@/lib/workspace/project/runners/junit'
import {
  type ParsedCases,
  REPORTS_INSIDE,
  type RunnerOutput,
  type TestRunner,
} from '@/lib/workspace/project/runners/runner'

/** pytest, by its JUnit report in the old family, the only one that names files. */
export const pytest: TestRunner = {
  plan({ command, files, coverage, coverageTool }) {
    const measured = coverage && coverageTool === 'pytest-cov'
    const parts = [
      command,
      `--junitxml=${REPORTS_INSIDE}/pytest.xml -o junit_family=xunit1 -o junit_logging=no -p no:cacheprovider --color=no --continue-on-collection-errors`,
      measured ? `--cov --cov-report=lcov:${REPORTS_INSIDE}/pytest.lcov --cov-fail-under=0` : '',
      ...(files ?? []).map(shellWord),
    ]
    const setup = measured ? `export COVERAGE_FILE=${REPORTS_INSIDE}/coverage.db\n` : ''
    return {
      command: setup + parts.filter((part) => part !== '').join(' '),
      report: 'pytest.xml',
      coverageReport: measured ? 'pytest.lcov' : null,
      helpers: [],
    }
  },
  parse: parsePytest,
}

function parsePytest(output: RunnerOutput): ParsedCases {
  if (output.report === null) return null
  return junitCases(output.report, ({ file, classname, name }) => {
    // A file that cannot be collected has no class and its dotted module as its name.
    if ((classname ?? '') === '')
      return { file: file ?? `${(name ?? '').replaceAll('.', '/')}.py`, name: '(load)' }
    const module = (file ?? '').replace(/\.py$/, '').replaceAll('/', '.')
    const inner =
      module !== '' && classname?.startsWith(module) ? classname.slice(module.length + 1) : classname
    return {
      file: file ?? '',
      name: [inner, name].filter((part) => part !== undefined && part !== '').join('::'),
    }
  })
}
