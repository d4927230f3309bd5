import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { coverageEvidence, readGoProfile, readLcov } from '@/lib/workspace/project/coverage'
import { readFindings } from '@/lib/workspace/project/findings'
import type { Framework } from '@/lib/workspace/project/project'
import { runners } from '@/lib/workspace/project/runners'
import { withUniqueIds } from '@/lib/workspace/project/runners/cases'
import { cleanText } from '@/lib/workspace/project/text'

/** Captured from real runs of the tools on tiny projects with a passing, a failing, a skipped test and a broken file. */
const fixture = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../fixtures/runner-output/${name}`, import.meta.url)), 'utf8')
const parse = (framework: Framework, report: string | null, stdout = '') =>
  runners[framework].parse({ report, stdout, stderr: '', exitCode: 1 })

const captured: readonly (readonly [Framework, string])[] = [
  ['vitest', 'vitest.json'],
  ['jest', 'jest.json'],
  ['mocha', 'mocha.json'],
  ['node-test', 'node.jsonl'],
  ['pytest', 'pytest.xml'],
  ['unittest', 'unittest.jsonl'],
  ['go-test', 'go.jsonl'],
  ['cargo-test', 'cargo.txt'],
]

describe('reports that are absent, cut short or rubbish', () => {
  test.each(captured)('%s without a report is not read', (framework) => {
    expect(parse(framework, null) ?? []).toEqual([])
  })
  test.each(captured)('%s with a report cut anywhere never throws', (framework, name) => {
    const whole = fixture(name)
    for (let at = 0; at < whole.length; at += 37) parse(framework, whole.slice(0, at))
  })
  test.each(captured)('%s with rubbish never throws', (framework) => {
    for (const text of ['', '{}', '[]', 'null', '<testcase', '\u0000', '{"Action":1}\n{'])
      parse(framework, text)
  })
})

describe('captured reports', () => {
  test.each(captured)('%s: every test once, with its status', (framework, name) => {
    const cases = withUniqueIds(parse(framework, fixture(name)) ?? [])
    expect(new Set(cases.map((one) => one.id)).size).toBe(cases.length)
    expect(cases.map((one) => `${one.status} ${one.id}`).sort()).toMatchSnapshot()
  })
  test.each(captured)('%s: messages are relative and hold no colours or durations', (framework, name) => {
    for (const one of parse(framework, fixture(name)) ?? []) {
      expect(one.message ?? '').not.toMatch(/\/workspace|\x1b|\b\d+(\.\d+)?\s?ms\b/)
      expect(one.file).not.toMatch(/^\//)
      if (one.status === 'failed' && one.name !== 'TestSub') expect(one.message).toBeTruthy()
    }
  })
  test('mocha before 9.2 writes to stdout, among what tests print', () => {
    expect(parse('mocha', null, `noise {\n${fixture('mocha.json')}\nmore`)?.length).toBe(4)
  })
  test('a crate that does not compile is one failed case', () => {
    const cases = parse(
      'cargo-test',
      'error[E0425]: cannot find value `x`\n --> src/lib.rs:1:1\n\nerror: could not compile `tiny`\n',
    )
    expect(cases?.map((one) => one.name)).toEqual(['(load)'])
    expect(cases?.[0]?.message).toMatch(/cannot find value/)
  })
})

describe('how frameworks are run', () => {
  const plan = (
    framework: Framework,
    command: string,
    files: readonly string[] | null = null,
    coverage = false,
  ) =>
    runners[framework].plan({ command, files, coverage, coverageTool: framework === 'mocha' ? 'c8' : null })
      .command
  test('flags that would hang or hide results are dropped', () => {
    expect(plan('vitest', 'vitest --watch --reporter=dot')).toMatch(/^vitest --run --reporter=json/)
    expect(plan('jest', 'jest --watchAll --coverage')).toMatch(/^jest --ci --json/)
    expect(plan('mocha', 'nyc --reporter=text mocha -R dot')).toMatch(/^mocha --reporter json/)
  })
  test('given files are quoted', () => {
    expect(plan('vitest', 'vitest run', ["a 'b'.test.ts"])).toContain(`'a '\\''b'\\''.test.ts'`)
    expect(plan('node-test', 'node --import tsx --test test/*.ts', ['test/a.ts'])).toMatch(
      /^node --import tsx --test .* test\/a\.ts$/,
    )
  })
  test('node gets its flags before the files', () => {
    expect(plan('node-test', 'node --test test/*.js')).toMatch(
      /^node --test --test-reporter=\S+ --test-reporter-destination=\S+ test\/\*\.js$/,
    )
  })
  test('go runs the packages of the files', () => {
    expect(plan('go-test', 'go test ./...', ['a/b_test.go', 'a/c_test.go'])).toMatch(/go test -json \.\/a >/)
  })
  test('cargo keeps what goes to the test program', () => {
    expect(plan('cargo-test', 'cargo test -- --nocapture')).toMatch(
      /cargo test --no-fail-fast -- --nocapture >/,
    )
  })
})

describe('findings', () => {
  test.each([
    ['tsc', 'src/a.ts(3,7): error TS2322: Type x.', { file: 'src/a.ts', line: 3, rule: 'TS2322' }],
    [
      'mypy',
      'a.py:9: error: No stub  [import-not-found]',
      { file: 'a.py', line: 9, rule: 'import-not-found' },
    ],
    ['flake8', './a.py:1:1: F401 unused', { file: 'a.py', line: 1, rule: 'F401' }],
    ['go', '# pkg\n./a.go:2:3: undefined: x', { file: 'a.go', line: 2, rule: 'go' }],
    ['cargo', 'src/lib.rs:1:4: warning: unused', { file: 'src/lib.rs', line: 1, severity: 'warning' }],
    [
      'eslint',
      'noise [\n[{"filePath":"/workspace/a.js","messages":[{"ruleId":"eqeqeq","severity":2,"message":"m","line":4}]}]'.replace(
        'noise [\n',
        '',
      ),
      { file: 'a.js', line: 4, rule: 'eqeqeq' },
    ],
    [
      'ruff',
      '[{"filename":"/workspace/a.py","code":"F401","message":"m","location":{"row":1}}]',
      { file: 'a.py', rule: 'F401' },
    ],
  ])('%s', (tool, output, expected) => {
    expect(readFindings(tool, output, '')).toMatchObject([expected])
  })
  test.each(['eslint', 'ruff', 'pyright', 'biome', 'oxlint'])('%s that crashed is not read', (tool) => {
    expect(readFindings(tool, 'Oops: no config', 'stack')).toBeNull()
  })
})

test('coverage joins records of one file and counts lines once', () => {
  const files = readLcov(
    'SF:/workspace/src/a.ts\nDA:1,0\nDA:2,1\nend_of_record\nSF:src/a.ts\nDA:1,4\nDA:3,0\nend_of_record',
  )
  expect(coverageEvidence('v8', files, null)).toMatchObject({
    linesPercent: 66.67,
    linesFound: 3,
    linesHit: 2,
    files: [{ file: 'src/a.ts' }],
  })
  expect(coverageEvidence('v8', readLcov(''), null)).toMatchObject({
    linesPercent: null,
    reason: expect.any(String),
  })
  expect([...readGoProfile(fixture('go.cover'), 'example.com/tiny').keys()]).toContain('a.go')
})

test('text is the same from run to run', () => {
  expect(cleanText('\x1b[31mFAIL\x1b[0m /workspace/a.ts took 12.5 ms at 0xdeadbeef in /tmp/x1')).toBe(
    'FAIL a.ts took (time) at 0x… in /tmp/…',
  )
})
