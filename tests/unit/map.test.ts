import { readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { definitionsOf, isMinified, wordsOf } from '@/lib/workspace/map/extract'
import { grammarOf, grammars, isMapped, isTestFile } from '@/lib/workspace/map/languages'
import { rankFiles } from '@/lib/workspace/map/map'
import { openParser } from '@/lib/workspace/map/parser'
import { rankFilesByUse, taskWords } from '@/lib/workspace/map/rank'
import { makeRepository, temporaryFolder, userGit, writeFiles } from '../support/repos'

const parser = openParser()
afterAll(() => parser.close())

async function facts(path: string, source: string) {
  const grammar = grammarOf(path)
  if (!grammar) throw new Error(`no grammar for ${path}`)
  if (isMinified(source)) return { definitions: [], words: [] }
  const [names] = await parser.parse([{ grammar, source }])
  return { definitions: definitionsOf(names ?? [], source), words: wordsOf(source, grammar) }
}

describe('definitions', () => {
  const cases: [path: string, source: string, names: string[]][] = [
    [
      'a.ts',
      'export const one = 1\nexport interface Two { x: 1 }\ntype Three = 1\nenum Four { A }\nabstract class Five { abstract six(): void\n #seven() { const local = 1 } }\nfunction eight() {}\n',
      ['one', 'Two', 'Three', 'Four', 'Five', 'six', '#seven', 'eight'],
    ],
    ['a.tsx', 'export function View() { return <div>{x}</div> }\n', ['View']],
    [
      'a.js',
      "const fs = require('fs')\nclass A { run() {} }\nexports.go = function () {}\nvar b = () => 1\n",
      ['A', 'run', 'go', 'b'],
    ],
    [
      'a.py',
      'LIMIT = 1\nclass A:\n  def run(self):\n    local = 1\nasync def go(): pass\n',
      ['LIMIT', 'A', 'run', 'go'],
    ],
    [
      'a.go',
      'package a\nconst One = 1\nvar two = 2\ntype Three struct{}\nfunc (t Three) Four() {}\nfunc five() {}\n',
      ['One', 'two', 'Three', 'Four', 'five'],
    ],
    [
      'a.rs',
      'pub struct One;\nenum Two { A }\ntrait Three { fn four(&self); }\nimpl One { fn five() {} }\nmacro_rules! six { () => {} }\nmod seven {}\n',
      ['One', 'Two', 'Three', 'four', 'five', 'six', 'seven'],
    ],
    [
      'A.java',
      'class One { void two() {} }\ninterface Three {}\nenum Four { A }\nrecord Five(int x) {}\n',
      ['One', 'two', 'Three', 'Four', 'Five'],
    ],
    [
      'a.rb',
      'module One\n class Two\n  def three; end\n  def self.four; end\n end\nend\n',
      ['One', 'Two', 'three', 'four'],
    ],
    [
      'a.c',
      '#define ONE(x) x\nstruct two { int a; };\ntypedef int three;\nstatic int *four(void) { return 0; }\nint five(int a);\n',
      ['ONE', 'two', 'three', 'four', 'five'],
    ],
    [
      'a.cpp',
      'class One { void two() {} };\nvoid One::three() {}\nenum Four { A };\n',
      ['One', 'two', 'three', 'Four'],
    ],
    ['a.cs', 'class One { void Two() {} }\n', ['One', 'Two']],
    ['a.php', '<?php\nfunction one() {}\nclass Two { function three() {} }\n', ['one', 'Two', 'three']],
    ['a.sh', 'one() { echo; }\n', ['one']],
  ]
  test.each(cases)('%s', async (path, source, names) => {
    expect((await facts(path, source)).definitions.map((definition) => definition.name)).toEqual(names)
  })
  test('every grammar loads and its query fits', async () => {
    const sources = grammars.map((grammar) => ({ grammar, source: 'x' }))
    expect(await parser.parse(sources)).not.toContain(null)
  })
  test('carry their line, shortened; words leave out comments, strings and keywords', async () => {
    const long = `function long(${'x'.repeat(300)}) {`
    const result = await facts(
      'a.ts',
      `// comment words\n${long}\n  return helper("stringed") /* block\nwords */\n}\n`,
    )
    expect(result.definitions[0]).toMatchObject({
      line: 2,
      text: expect.stringMatching(/^function long\(x+…$/),
    })
    expect(result.words).toEqual(expect.arrayContaining(['helper']))
    expect(result.words.join(' ')).not.toMatch(/comment|string|block|words|function|return/)
    expect((await facts('a.py', '# note\nx = """doc\nstring"""\ny = value // divisor\n')).words).toEqual([
      'value',
      'divisor',
    ])
  })
  test('broken, minified and hostile sources end', async () => {
    expect((await facts('a.ts', 'function ok() {}\nclass {{{ ((( \u0000 ')).definitions[0]?.name).toBe('ok')
    expect(await facts('a.js', 'var a=1;'.repeat(1_000))).toEqual({ definitions: [], words: [] })
    for (const piece of ['/*', '"\\"', "'\\'", '"""', '`${']) {
      const source = `${'x\n'.repeat(11_000)}${piece.repeat(9_000 / piece.length)}\n`
      await expect(facts('a.ts', source.repeat(4))).resolves.toBeTruthy()
    }
  })
  test('a source that breaks the parser for good costs its own definitions only', async () => {
    const result = await facts('a.py', `def lost(): helper()\n${'x\n'.repeat(100)}${'/*\n'.repeat(20_000)}`)
    expect(result).toEqual({ definitions: [], words: ['lost', 'helper'] })
    expect((await facts('b.py', 'def found(): pass\n')).definitions[0]?.name).toBe('found')
  })
  test('in a batch too', async () => {
    const grammar = grammarOf('a.py')
    if (!grammar) throw new Error('no grammar')
    const bad = `${'x\n'.repeat(100)}${'/*\n'.repeat(20_000)}`
    const sources = ['def one(): pass\n', bad, 'def two(): pass\n'].map((source) => ({ grammar, source }))
    expect(await parser.parse(sources)).toEqual([[['one', 0]], null, [['two', 0]]])
  })
  test('vendored, generated, fixture, large and unknown files are left out; tests are told from code', () => {
    const skipped = [
      'node_modules/a.js',
      'x/vendor/a.go',
      'a.min.js',
      'test/fixtures/a.ts',
      'dist/a.js',
      'a.md',
      'Makefile',
      'api.pb.go',
    ]
    expect(skipped.filter((path) => isMapped(path, 10))).toEqual([])
    expect([isMapped('src/a.ts', 10), isMapped('src/a.ts', 300_000)]).toEqual([true, false])
    const tests = [
      'a.test.ts',
      'test/a.js',
      'x_test.go',
      'tests/test_a.py',
      'src/__tests__/a.tsx',
      'spec/a_spec.rb',
    ]
    expect(tests.filter((path) => !isTestFile(path))).toEqual([])
    expect(
      ['src/a.ts', 'tests/conftest.py', 'tests/support/repos.ts', 'lib/latest.ts', 'contest/a.ts'].filter(
        isTestFile,
      ),
    ).toEqual([])
  })
})

describe('rank', () => {
  const file = (path: string, defines: string[], words: string[]) => ({
    path,
    facts: { definitions: defines.map((name, index) => ({ name, line: index + 1, text: name })), words },
  })
  const files = [
    file('app.ts', ['startServer'], ['parseConfig', 'openStore', 'renderInvoice']),
    file('cli.ts', ['runCommand'], ['parseConfig', 'openStore']),
    file('config.ts', ['parseConfig'], []),
    file('invoice.ts', ['renderInvoice'], ['formatMoney']),
    file('money.ts', ['formatMoney'], []),
    file('store.ts', ['openStore'], ['parseConfig']),
  ]
  const order = (task: string) => rankFilesByUse(files, task).map((ranked) => ranked.path)
  test('what others use comes first; a task brings its own files and what they use', () => {
    expect(order('').slice(0, 2)).toContain('config.ts')
    expect(order('The invoice shows the wrong amount').slice(0, 2)).toEqual(['invoice.ts', 'money.ts'])
    expect(order('fix formatMoney')[0]).toBe('money.ts')
    expect(order('see `cli.ts`')[0]).toBe('cli.ts')
  })
  test('is the same in any order of files, and works for none', () => {
    expect(rankFilesByUse([...files].reverse(), 'x').map((ranked) => ranked.path)).toEqual(order('x'))
    expect(rankFilesByUse([], 'x')).toEqual([])
  })
  test('words of a task include the parts of its names, not the common ones', () => {
    expect([...taskWords('Fix the parseHTTPDate in user_store')].sort()).toEqual([
      'httpdate',
      'parse',
      'parsehttpdate',
      'store',
      'user',
      'user_store',
    ])
  })
})

describe('the map of a repository', () => {
  let home: string
  let source: string
  let dispose: () => void
  beforeEach(() => {
    ;({ path: home, dispose } = temporaryFolder('map'))
    source = makeRepository(home, {
      'src/money.ts': 'export function formatMoney(cents: number) {\n  return cents\n}\n',
      'src/invoice.ts':
        "import { formatMoney } from './money'\nexport const renderInvoice = () => formatMoney(1)\n",
      'src/ünï "x".ts': 'export const odd = 1\n',
      'src/latin.ts': Buffer.from([0x2f, 0x2f, 0xfc, 0x0a]),
      'big.ts': `export const big = 1\n${'// filler\n'.repeat(30_000)}`,
      'test/fixtures/x.ts': 'export const fixture = 1\n',
    })
    symlinkSync('/etc/passwd', join(source, 'passwd.ts'))
    userGit(source, 'add', '-A')
    userGit(source, 'commit', '-q', '-m', 'link')
  })
  afterEach(() => dispose())
  const map = (more: { task?: string; budgetTokens?: number; withinMs?: number } = {}) =>
    rankFiles({
      gitDir: join(source, '.git'),
      treeSha: 'HEAD',
      task: '',
      budgetTokens: 500,
      cacheDir: join(home, 'map'),
      ...more,
    })

  test('names definitions with their lines, without large files, fixtures and links', async () => {
    const { text, files } = await map({ task: 'renderInvoice' })
    expect(text).toContain('src/money.ts\n  1: export function formatMoney(cents: number)\n')
    expect([...files].sort()).toEqual(['src/invoice.ts', 'src/latin.ts', 'src/money.ts', 'src/ünï "x".ts'])
    expect(files.slice(0, 2)).toEqual(['src/invoice.ts', 'src/money.ts'])
  })

  test('is parsed once: then only what changed, with the same text', async () => {
    const cold = await map()
    expect(cold).toMatchObject({ cold: true, complete: true, parsedFiles: 4 })
    expect(await map()).toEqual({ ...cold, cold: false, parsedFiles: 0 })
    writeFiles(source, { 'src/money.ts': 'export function formatEuro() {}\n' })
    userGit(source, 'commit', '-qam', 'euro')
    const warm = await map()
    expect(warm).toMatchObject({ cold: true, parsedFiles: 1 })
    expect(warm.text).toContain('formatEuro')
    userGit(source, 'reset', '-q', '--hard', 'HEAD^')
    expect(await map()).toEqual({ ...cold, cold: false, parsedFiles: 0 })
  })

  test('stays within the budget and refuses none', async () => {
    for (const budgetTokens of [1, 10, 20, 40]) {
      expect((await map({ budgetTokens })).text.length).toBeLessThanOrEqual(budgetTokens * 4)
    }
    await expect(map({ budgetTokens: 0 })).rejects.toMatchObject({ code: 'bad_request' })
    await expect(map({ budgetTokens: Number.NaN })).rejects.toMatchObject({ code: 'bad_request' })
  })

  test('short of time gives a part, the files of the task first, and goes on from there', async () => {
    const part = await map({ withinMs: 0, task: 'invoice' })
    expect(part).toMatchObject({ complete: false })
    let last = part
    for (let round = 0; round < 20 && !last.complete; round++)
      last = await map({ withinMs: 50, task: 'invoice' })
    expect(last).toMatchObject({ complete: true, mappedFiles: 4 })
  })

  test('a cache that is spoilt is made anew; an unknown tree is an error', async () => {
    const cold = await map()
    const [name = ''] = readdirSync(join(home, 'map'))
    writeFileSync(join(home, 'map', name), 'no gzip')
    expect(await map()).toEqual(cold)
    expect(readdirSync(join(home, 'map'))).toEqual([name])
    const none = {
      gitDir: join(source, '.git'),
      treeSha: 'f'.repeat(40),
      task: '',
      budgetTokens: 9,
      cacheDir: home,
    }
    await expect(rankFiles(none)).rejects.toMatchObject({ code: 'git_error' })
  })

  test('an empty tree gives an empty map', async () => {
    userGit(source, 'rm', '-q', '-r', '.')
    userGit(source, 'commit', '-q', '-m', 'nothing')
    expect(await map()).toMatchObject({ text: '', files: [], cold: false, complete: true })
  })
})
