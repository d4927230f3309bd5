import { expect, test } from 'vitest'
import { hasTestFiles, missingPaths } from '@/lib/workspace/project/named-paths'

const files = ['package.json', 'src/a.js', 'test/index.js', 'tsconfig.json', 'scripts/test.sh']

test.each<[string, string[]]>([
  ['mocha tests.js', ['tests.js']],
  ['mocha tests', ['tests']],
  ['mocha --recursive spec/', ['spec']],
  ['node --test checks/a.test.js', ['checks/a.test.js']],
  ['eslint --ext .js src lib', ['lib']],
  ['tsc -p tsconfig.build.json --noEmit', ['tsconfig.build.json']],
  ['pytest tests/test_a.py::test_one', ['tests/test_a.py']],
  ['./scripts/check.sh', ['scripts/check.sh']],
  ['A=1 mocha "tests.js" && eslint gone', ['tests.js', 'gone']],
  ['mocha test', []],
  ['mocha test/index', []],
  ['mocha -r ts-node/register --reporter ./my/own test', []],
  ['vitest run', []],
  ['biome check src', []],
  ['jest --outputFile reports/out.json', []],
  ["eslint 'lib/**/*.js' .", []],
  ['mocha dist/test', []],
  ['node_modules/.bin/mocha test', []],
  ['go test ./...', []],
  ['cd sub && mocha tests.js', []],
  ['npx --no-install @biomejs/biome lint', []],
  ['sh scripts/test.sh > log/out.txt', []],
  ['pytest ../elsewhere /tmp/x ~/y', []],
  ['', []],
])('%s names what is not there: %j', (command, missing) => {
  expect(missingPaths(command, files)).toEqual(missing)
})

test.each([
  ['mocha', 'mocha', ['src/a.js'], false],
  ['node --test', 'node-test', ['test.js'], true],
  ['mocha checks.js', 'mocha', ['checks.js'], true],
  ['pytest', 'pytest', ['tests/test_a.py'], true],
  ['go test ./...', 'go-test', ['main.go'], false],
  ['cargo test', 'cargo-test', ['src/lib.rs'], true],
  ['make check', 'unknown', [], true],
] as const)('%s (%s) with %j has tests: %s', (command, framework, there, has) => {
  expect(hasTestFiles({ command, framework }, there)).toBe(has)
})
