import { mkdirSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { repositories } from '@/drizzle/schema'
import { lookAtRepository } from '@/lib/runtime/look/repository'
import type { ServiceContext } from '@/lib/services/context'
import { addRepository } from '@/lib/services/repositories/add'
import { checkRepository } from '@/lib/services/repositories/check'
import { removeRepository } from '@/lib/services/repositories/remove'
import { describeDatabases } from '../support/database'
import { freePort } from '../support/port'
import { makeRepository, temporaryFolder, treeHash, userGit, writeFiles } from '../support/repos'
import { contextOf } from '../support/services'

const files = {
  'package.json': '{"name":"x","scripts":{"test":"node --test"}}',
  'src/a.js': 'export const a = 1\n',
}

describeDatabases((open) => {
  let ctx: ServiceContext
  const folder = temporaryFolder('check')
  beforeAll(async () => {
    ctx = contextOf(await open())
  })
  afterAll(() => folder.dispose())

  const check = (repository: string) =>
    checkRepository({ ctx, input: { repository }, look: lookAtRepository })
  const said = async (repository: string) => {
    const { works, branch, checks } = await check(repository)
    const bad = checks.filter(({ status }) => status === 'fail')
    return {
      works,
      branch,
      bad: bad.map(({ name, detail, mend }) => `${name}: ${detail} ${mend}`).join('\n'),
    }
  }

  describe('bad input', () => {
    test('a path that is no folder, and a text that is nothing, are refused', async () => {
      await expect(check('/no/such/folder')).rejects.toMatchObject({ code: 'repository_unusable' })
      await expect(check('what is this')).rejects.toMatchObject({ code: 'bad_request' })
      await expect(check('https://user:pw@github.com/a/b')).rejects.toMatchObject({ code: 'bad_request' })
    })

    test('a folder that is no repository, a bare one and an empty one say what mends them', async () => {
      const plain = join(folder.path, 'plain')
      mkdirSync(plain)
      expect(await said(plain)).toMatchObject({ works: false, branch: null })
      expect((await said(plain)).bad).toMatch(/is not in a git repository.*git -C .* init/s)
      const bare = join(folder.path, 'bare.git')
      userGit(folder.path, 'init', '-q', '--bare', bare)
      expect((await said(bare)).bad).toMatch(/bare repository.*git clone/s)
      const empty = join(folder.path, 'empty')
      userGit(folder.path, 'init', '-q', '-b', 'main', empty)
      expect((await said(empty)).bad).toMatch(/has no commit.*Commit something/s)
    })

    test('an address that does not answer', async () => {
      const source = `http://127.0.0.1:${await freePort()}/acme/tool.git`
      const look = await lookAtRepository({ forge: 'github', source })
      expect(look.branch).toBeNull()
      expect(look.checks).toMatchObject([{ name: 'reachable', status: 'fail' }])
      expect(look.checks[0]?.mend).toMatch(/Check the network/)
    })

    test('a shallow clone works, and says what it lacks', async () => {
      const root = makeRepository(folder.path, files, 'deep')
      writeFiles(root, { 'b.js': '' })
      userGit(root, 'add', '-A')
      userGit(root, 'commit', '-q', '-m', 'two')
      userGit(folder.path, 'clone', '-q', '--depth', '1', `file://${root}`, 'shallow')
      const { checks, branch } = await check(join(folder.path, 'shallow'))
      expect(branch).toBe('main')
      expect(checks.find(({ name }) => name === 'checkout')).toMatchObject({
        status: 'warn',
        detail: expect.stringContaining('shallow'),
        mend: expect.stringContaining('--unshallow'),
      })
    })

    test.each([
      ['an unknown key', 'pipline: {}\n', /devpilot\.yaml:1:1 pipline: unknown key. Did you mean "pipeline"/],
      ['a tab', 'project:\n\tname: x\n', /2:1 A tab/],
      ['a wrong type', 'budget:\n  per_run_usd: much\n', /2:16 budget\.per_run_usd: A number is asked for/],
      ['a branch that is not there', 'project:\n  main_branch: nowhere\n', /There is no branch nowhere/],
    ])('a devpilot.yaml with %s', async (what, text, words) => {
      const root = makeRepository(folder.path, { ...files, 'devpilot.yaml': text }, what.replaceAll(' ', '-'))
      const found = await said(root)
      expect(found.works).toBe(false)
      expect(found.bad).toMatch(words)
    })

    test('who holds no `trigger` may not look about on the machine', async () => {
      const viewer = { ...ctx, grants: ['read'] as const }
      const looked = checkRepository({ ctx: viewer, input: { repository: '/etc' }, look: lookAtRepository })
      await expect(looked).rejects.toMatchObject({ code: 'forbidden' })
    })
  })

  test('says what a repository is and keeps nothing: no row, no mirror, no byte of the clone', async () => {
    const root = makeRepository(
      folder.path,
      { ...files, 'devpilot.yaml': 'project: { lint_command: npx eslint . }\n' },
      'good',
    )
    const before = treeHash(root)
    const homeBefore = readdirSync(ctx.home)
    const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith('devpilot-look-'))
    const lying = left()
    const { works, known, branch, headSha, config, project, checks } = await check(root)
    expect({ works, known, branch, config }).toEqual({
      works: true,
      known: null,
      branch: 'main',
      config: 'valid',
    })
    expect(headSha).toBe(userGit(root, 'rev-parse', 'HEAD'))
    expect(project).toMatchObject({
      language: 'javascript',
      manager: 'npm',
      test: expect.any(String),
      lint: 'npx eslint .',
      types: null,
    })
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'reachable',
        'base branch',
        'devpilot.yaml',
        'language',
        'package manager',
        'tests',
        'lint',
        'types',
        'pull requests',
        'models',
        'gates',
      ]),
    )
    expect(await ctx.db.select().from(repositories)).toEqual([])
    expect(treeHash(root)).toBe(before)
    expect(readdirSync(ctx.home)).toEqual(homeBefore)
    expect(left()).toEqual(lying)
  })

  test('commands that were read are found and not tried; what they name and is not there is warned of', async () => {
    const scripts = { test: 'mocha tests.js', lint: 'eslint .' }
    const root = makeRepository(folder.path, { 'package.json': JSON.stringify({ scripts }) }, 'named')
    const { checks } = await check(root)
    const of = (name: string) => checks.find((one) => one.name === name)
    expect(of('lint')).toMatchObject({ status: 'ok', untried: true })
    expect(of('lint')?.detail).toBe('found, not tried: eslint . (package.json (scripts.lint))')
    expect(of('tests')).toMatchObject({
      status: 'warn',
      detail: 'mocha tests.js (package.json (scripts.test), mocha): tests.js is not in the repository',
      mend: expect.stringContaining('project.test_command'),
    })
    const other = await check(
      makeRepository(folder.path, { 'package.json': '{"scripts":{"test":"make check"}}' }, 'other'),
    )
    expect(other.checks.flatMap(({ name, mend }) => (name === 'project' ? [mend] : []))).toEqual([
      'Run `npm install`, and commit the lock file that it writes.',
      expect.stringMatching(/^If it is one of vitest, .*name it in agents\.tester\.frameworks/),
    ])
    const bare = await check(
      makeRepository(folder.path, { 'package.json': '{"scripts":{"test":"mocha"}}' }, 'no-test'),
    )
    expect(bare.checks.find(({ name }) => name === 'tests')).toMatchObject({
      status: 'warn',
      detail: 'mocha (package.json (scripts.test), mocha): no file looks like a test',
    })
  })

  test('reads the base branch and not what lies in the checkout', async () => {
    const root = makeRepository(folder.path, files, 'ahead')
    writeFiles(root, { 'devpilot.yaml': 'nonsense: 1\n' })
    const { config, checks } = await check(root)
    expect(config).toBe('absent')
    expect(checks.find(({ name }) => name === 'checkout')?.detail).toContain('1 changed files')
  })

  test('the same source twice is known, and is new again once it was removed', async () => {
    const root = makeRepository(folder.path, files, 'twice')
    const { id } = await addRepository({ ctx, input: { repository: root } })
    expect((await check(`file://${root}`)).known).toBe(id)
    expect((await addRepository({ ctx, input: { repository: `${root}/` } })).id).toBe(id)
    await removeRepository({ ctx, input: { repository: id } })
    expect((await check(root)).known).toBeNull()
    expect((await addRepository({ ctx, input: { repository: root } })).id).toBe(id)
  })
})
