import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { MergeRequest } from '@/lib/forge/forge'
import { createLocalForge } from '@/lib/forge/local'
import { createMemoryStore } from '@/lib/forge/local/memory-store'
import { commit, git, makeMirror, temporary } from '../support/forge-repositories'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const clean of cleanups.splice(0).reverse()) clean()
})

const branch = 'devpilot/1'

function bench(files: Record<string, string> = { 'a.txt': 'one\ntwo\nthree\n', 'b.txt': 'b\n' }) {
  const folder = temporary()
  cleanups.push(folder.clean)
  const mirror = makeMirror(join(folder.path, 'mirror.git'), files)
  const user = join(folder.path, 'user')
  git(folder.path, ['clone', '--quiet', mirror, user])
  const store = createMemoryStore()
  const forge = createLocalForge({ repositoryPath: user, store, urlFor: (number) => `/pulls/${number}` })
  return { folder: folder.path, mirror, user, store, forge, main: git(mirror, ['rev-parse', 'main']) }
}

type Bench = ReturnType<typeof bench>

async function ready(at: Bench, files: Record<string, string | null>): Promise<MergeRequest> {
  const headSha = commit(at.mirror, { branch, from: at.main, files })
  await at.forge.push({ mirror: at.mirror, branch, headSha })
  const pull = {
    key: 'k/pr',
    branch,
    target: 'main',
    headSha,
    title: 'T',
    body: 'B',
    labels: [],
    draft: false,
  }
  const { number } = await at.forge.openPullRequest(pull)
  return { key: 'k/merge', number, headSha, method: 'merge', message: 'Merge the change' }
}

const tip = (at: Bench) => git(at.user, ['rev-parse', 'refs/heads/main'])
const status = (at: Bench) => git(at.user, ['status', '--porcelain'])
const text = (at: Bench, path: string) => readFileSync(join(at.user, path), 'utf8')

function userCommit(at: Bench, path: string, content: string): string {
  writeFileSync(join(at.user, path), content)
  git(at.user, ['add', path])
  git(at.user, ['commit', '--quiet', '-m', 'by the user'])
  return tip(at)
}

describe('a merge into a branch that is checked out', () => {
  it('brings the files along and leaves untracked ones', async () => {
    const at = bench()
    const request = await ready(at, { 'a.txt': 'ONE\ntwo\nthree\n', 'new/ü.txt': 'new\n', 'b.txt': null })
    writeFileSync(join(at.user, 'mine.txt'), 'untracked\n')
    await at.forge.merge(request)
    expect(status(at)).toBe('?? mine.txt')
    expect(text(at, 'new/ü.txt')).toBe('new\n')
    expect(existsSync(join(at.user, 'b.txt'))).toBe(false)
    expect(git(at.user, ['log', '-1', '--format=%(trailers:key=DevPilot-Key,valueonly)'])).toBe('k%2Fmerge')
  })

  it.each([
    { name: 'changed', spoil: (at: Bench) => writeFileSync(join(at.user, 'b.txt'), 'changed\n') },
    {
      name: 'staged',
      spoil: (at: Bench) => {
        writeFileSync(join(at.user, 'b.txt'), 'changed\n')
        git(at.user, ['add', 'b.txt'])
      },
    },
  ])('is refused while a file is $name, with nothing changed', async ({ spoil }) => {
    const at = bench()
    const request = await ready(at, { 'a.txt': 'ONE\ntwo\nthree\n' })
    spoil(at)
    const before = status(at)
    await expect(at.forge.merge(request)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('b.txt'),
      mend: expect.stringContaining('devpilot runs retry'),
    })
    expect([tip(at), status(at), text(at, 'a.txt')]).toEqual([at.main, before, 'one\ntwo\nthree\n'])
    git(at.user, ['stash', '--quiet'])
    expect(await at.forge.merge(request)).toMatchObject({ state: 'merged' })
  })

  it.each([
    { name: 'untracked', ignore: '' },
    { name: 'ignored', ignore: '.env\n' },
  ])('does not overwrite an $name file', async ({ ignore }) => {
    const at = bench({ 'a.txt': 'a\n', '.gitignore': `x\n${ignore}` })
    const request = await ready(at, { '.env': 'from the change\n' })
    writeFileSync(join(at.user, '.env'), 'my secret\n')
    await expect(at.forge.merge(request)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('.env'),
    })
    expect([tip(at), text(at, '.env')]).toEqual([at.main, 'my secret\n'])
  })

  it('does not replace an ignored file by a folder', async () => {
    const at = bench({ 'a.txt': 'a\n', '.gitignore': 'out\n' })
    const request = await ready(at, { 'out/x.txt': 'from the change\n' })
    writeFileSync(join(at.user, 'out'), 'mine\n')
    await expect(at.forge.merge(request)).rejects.toMatchObject({ code: 'conflict' })
    expect([tip(at), text(at, 'out')]).toEqual([at.main, 'mine\n'])
  })

  it('is refused in the middle of a merge of the user', async () => {
    const at = bench()
    const request = await ready(at, { 'a.txt': 'ONE\ntwo\nthree\n' })
    git(at.user, ['switch', '--quiet', '-c', 'side', at.main])
    userCommit(at, 'side.txt', 'side\n')
    git(at.user, ['switch', '--quiet', 'main'])
    const before = userCommit(at, 'main.txt', 'main\n')
    git(at.user, ['merge', '--quiet', '--no-commit', '-s', 'ours', 'side'])
    expect(status(at)).toBe('')
    await expect(at.forge.merge(request)).rejects.toMatchObject({ code: 'conflict' })
    expect(tip(at)).toBe(before)
  })

  it('brings another worktree along, and refuses when that one is dirty', async () => {
    const at = bench()
    const request = await ready(at, { 'a.txt': 'ONE\ntwo\nthree\n' })
    git(at.user, ['switch', '--quiet', '-c', 'other'])
    const elsewhere = join(at.folder, 'else where')
    git(at.user, ['worktree', 'add', '--quiet', elsewhere, 'main'])
    writeFileSync(join(elsewhere, 'b.txt'), 'dirty\n')
    await expect(at.forge.merge(request)).rejects.toMatchObject({ code: 'conflict', place: elsewhere })
    expect(tip(at)).toBe(at.main)
    git(elsewhere, ['checkout', '--quiet', 'b.txt'])
    await at.forge.merge(request)
    expect(readFileSync(join(elsewhere, 'a.txt'), 'utf8')).toBe('ONE\ntwo\nthree\n')
    expect(git(elsewhere, ['status', '--porcelain'])).toBe('')
    expect(text(at, 'a.txt')).toBe('one\ntwo\nthree\n')
  })

  it('takes no notice of a worktree whose folder is gone', async () => {
    const at = bench()
    const request = await ready(at, { 'a.txt': 'ONE\n' })
    git(at.user, ['switch', '--quiet', '-c', 'other'])
    git(at.user, ['worktree', 'add', '--quiet', join(at.folder, 'gone'), 'main'])
    rmSync(join(at.folder, 'gone'), { recursive: true })
    expect(await at.forge.merge(request)).toMatchObject({ state: 'merged' })
  })

  it('needs no checkout at all', async () => {
    const at = bench()
    const bare = join(at.folder, 'bare.git')
    git(at.folder, ['clone', '--quiet', '--bare', at.mirror, bare])
    const forge = createLocalForge({ repositoryPath: bare, store: at.store, urlFor: String })
    const request = await ready({ ...at, forge, user: bare }, { 'a.txt': 'ONE\n' })
    expect(await forge.merge(request)).toMatchObject({ state: 'merged' })
    expect(git(bare, ['show', 'main:a.txt'])).toBe('ONE')
  })

  it('keeps CRLF line ends of a checkout that wants them', async () => {
    const at = bench()
    git(at.user, ['config', 'core.autocrlf', 'true'])
    rmSync(join(at.user, 'a.txt'))
    git(at.user, ['checkout', '--', 'a.txt'])
    expect(text(at, 'a.txt')).toContain('\r\n')
    await at.forge.merge(await ready(at, { 'b.txt': 'B\n' }))
    expect([status(at), text(at, 'b.txt')]).toEqual(['', 'B\r\n'])
  })

  it('touches no file when the target is checked out nowhere, however dirty the checkout', async () => {
    const at = bench()
    const request = await ready(at, { 'a.txt': 'ONE\ntwo\nthree\n' })
    git(at.user, ['switch', '--quiet', '-c', 'other'])
    writeFileSync(join(at.user, 'a.txt'), 'dirty\n')
    await at.forge.merge(request)
    expect([tip(at) === at.main, text(at, 'a.txt')]).toEqual([false, 'dirty\n'])
  })
})

describe('a merge after the target moved', () => {
  it.each(['merge', 'squash', 'rebase'] as const)('keeps both sides: %s', async (method) => {
    const at = bench()
    const first = commit(at.mirror, {
      branch,
      from: at.main,
      files: { 'a.txt': 'ONE\ntwo\nthree\n' },
      message: 'c1',
    })
    const request = await ready({ ...at, main: first }, { 'c.txt': 'c\n' })
    const moved = userCommit(at, 'b.txt', 'B\n')
    const { mergeSha } = await at.forge.merge({ ...request, method })
    expect(tip(at)).toBe(mergeSha)
    expect([text(at, 'a.txt'), text(at, 'b.txt'), text(at, 'c.txt')]).toEqual([
      'ONE\ntwo\nthree\n',
      'B\n',
      'c\n',
    ])
    const parents = git(at.user, ['log', '-1', '--format=%P']).split(' ')
    expect(parents).toHaveLength(method === 'merge' ? 2 : 1)
    const since = git(at.user, ['log', '--reverse', '--format=%an', `${moved}..main`]).split('\n')
    const authors = { merge: 3, squash: 1, rebase: 2 }
    expect(since).toHaveLength(authors[method])
    if (method === 'rebase') expect(since).toEqual(['Ada Lovelace', 'Ada Lovelace'])
  })

  it('is no fast-forward any more', async () => {
    const at = bench()
    const request = await ready(at, { 'a.txt': 'ONE\ntwo\nthree\n' })
    const moved = userCommit(at, 'b.txt', 'B\n')
    const merge = at.forge.merge({ ...request, method: 'fast-forward' })
    await expect(merge).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('fast-forward'),
    })
    expect(tip(at)).toBe(moved)
  })

  it.each(['merge', 'squash', 'rebase'] as const)('names the files in conflict: %s', async (method) => {
    const at = bench()
    const request = await ready(at, { 'a.txt': 'ONE\ntwo\nthree\n' })
    const moved = userCommit(at, 'a.txt', 'eins\ntwo\nthree\n')
    await expect(at.forge.merge({ ...request, method })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('a.txt'),
    })
    expect([tip(at), status(at)]).toEqual([moved, ''])
    expect(await at.forge.getPullRequest(request.number)).toMatchObject({ state: 'open', mergeSha: null })
  })

  it('refuses when the branch has a commit after the approved one', async () => {
    const at = bench()
    const request = await ready(at, { 'a.txt': 'ONE\ntwo\nthree\n' })
    const later = commit(at.mirror, { branch, files: { 'evil.txt': 'x\n' } })
    await at.forge.push({ mirror: at.mirror, branch, headSha: later })
    expect(await at.forge.getPullRequest(request.number)).toMatchObject({ headSha: later })
    await expect(at.forge.merge(request)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(later),
    })
    expect(tip(at)).toBe(at.main)
  })
})

describe('dying in the middle of a merge', () => {
  it.each(['merge', 'squash', 'rebase', 'fast-forward'] as const)(
    'after the branch moved, before it was written down: %s',
    async (method) => {
      const at = bench()
      const request = { ...(await ready(at, { 'a.txt': 'ONE\ntwo\nthree\n' })), method }
      if (method !== 'fast-forward') userCommit(at, 'b.txt', 'B\n')
      let dead = true
      const store: typeof at.store = {
        ...at.store,
        async update(number, change) {
          if (dead) throw new Error('killed')
          return at.store.update(number, change)
        },
      }
      const forge = createLocalForge({ repositoryPath: at.user, store, urlFor: String })
      await expect(forge.merge(request)).rejects.toThrow('killed')
      const made = tip(at)
      expect(made).not.toBe(at.main)
      const later = userCommit(at, 'later.txt', 'later\n')
      dead = false
      expect(await forge.merge(request)).toMatchObject({ state: 'merged', mergeSha: made })
      expect(tip(at)).toBe(later)
    },
  )

  it('after the files were brought along, before the branch moved', async () => {
    const at = bench()
    const request = await ready(at, { 'a.txt': 'ONE\ntwo\nthree\n', 'new.txt': 'new\n' })
    git(at.user, ['read-tree', '-m', '-u', at.main, request.headSha])
    expect(status(at)).not.toBe('')
    expect(await at.forge.merge(request)).toMatchObject({ state: 'merged' })
    expect(status(at)).toBe('')
  })
})

describe('two things at once', () => {
  it('merges two pull requests one after the other, and neither twice', async () => {
    const at = bench()
    const first = await ready(at, { 'a.txt': 'ONE\ntwo\nthree\n' })
    const headSha = commit(at.mirror, { branch: 'devpilot/2', from: at.main, files: { 'c.txt': 'c\n' } })
    await at.forge.push({ mirror: at.mirror, branch: 'devpilot/2', headSha })
    const pull = {
      key: 'k2',
      branch: 'devpilot/2',
      target: 'main',
      headSha,
      title: 'T',
      body: 'B',
      labels: [],
    }
    const { number } = await at.forge.openPullRequest({ ...pull, draft: false })
    const second: MergeRequest = { ...first, key: 'k2/merge', number, headSha }
    await Promise.all([first, second, first, second].map((request) => at.forge.merge(request)))
    expect(git(at.user, ['rev-list', '--count', '--merges', 'main'])).toBe('2')
    expect([status(at), text(at, 'a.txt'), text(at, 'c.txt')]).toEqual(['', 'ONE\ntwo\nthree\n', 'c\n'])
  })

  it('opens one pull request for a key, and finds it when its branch is gone', async () => {
    const at = bench()
    const request = await ready(at, { 'a.txt': 'x\n' })
    const pull = {
      key: 'k/pr',
      branch,
      target: 'main',
      headSha: request.headSha,
      title: 'T',
      body: 'B',
      labels: [],
    }
    await at.forge.merge(request)
    git(at.user, ['branch', '-D', branch])
    const again = await at.forge.openPullRequest({ ...pull, draft: false })
    expect(again).toMatchObject({ number: request.number, state: 'merged' })
  })
})

describe('a push into the repository of the user', () => {
  it('is refused while the branch is checked out', async () => {
    const at = bench()
    git(at.user, ['switch', '--quiet', '-c', branch])
    const headSha = commit(at.mirror, { branch, from: at.main, files: { 'a.txt': 'x\n' } })
    const push = at.forge.push({ mirror: at.mirror, branch, headSha })
    await expect(push).rejects.toMatchObject({ code: 'conflict', place: at.user })
    expect([git(at.user, ['rev-parse', branch]), status(at)]).toEqual([at.main, ''])
  })

  it('takes a rewritten branch of its own', async () => {
    const at = bench()
    const first = commit(at.mirror, { branch, from: at.main, files: { 'a.txt': 'x\n' } })
    await at.forge.push({ mirror: at.mirror, branch, headSha: first })
    const second = commit(at.mirror, { branch, from: at.main, files: { 'a.txt': 'y\n' } })
    await at.forge.push({ mirror: at.mirror, branch, headSha: second })
    expect(git(at.user, ['rev-parse', branch])).toBe(second)
    expect(git(at.user, ['branch', '--list']).split('\n')).toHaveLength(2)
  })

  it('says that the mirror has no such commit', async () => {
    const at = bench()
    const push = at.forge.push({ mirror: at.mirror, branch, headSha: 'a'.repeat(40) })
    await expect(push).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('issues and descriptions in the repository', () => {
  const issues = (at: Bench) => join(at.user, '.devpilot', 'issues')

  it('gives the first heading as the title, and numbers pull requests after the issues', async () => {
    const at = bench()
    mkdirSync(issues(at), { recursive: true })
    writeFileSync(join(issues(at), '41.md'), '# Title here\r\n\r\nBody\r\n')
    expect(await at.forge.getIssue(41)).toMatchObject({ title: 'Title here', labels: [], author: 'local' })
    expect(await ready(at, { 'a.txt': 'x\n' })).toMatchObject({ number: 42 })
  })

  it.each([
    { name: 'a link', code: 'bad_request', make: (path: string) => symlinkSync('/etc/passwd', path) },
    {
      name: 'too large',
      code: 'too_large',
      make: (path: string) => writeFileSync(path, 'x'.repeat(1_000_001)),
    },
    {
      name: 'wrong in its head',
      code: 'bad_request',
      make: (path: string) => writeFileSync(path, '---\nlabels: 3\n---\n'),
    },
    { name: 'not there', code: 'not_found', make: () => undefined },
  ])('refuses an issue that is $name', async ({ code, make }) => {
    const at = bench()
    mkdirSync(issues(at), { recursive: true })
    make(join(issues(at), '1.md'))
    await expect(at.forge.getIssue(1)).rejects.toMatchObject({ code, mend: expect.any(String) })
  })

  it("puts the text into the base branch's template, and shows the diff before and after the merge", async () => {
    const at = bench({ 'a.txt': 'one\n', '.github/pull_request_template.md': '## What\n{{ devpilot }}\n' })
    const request = await ready(at, { 'a.txt': 'ONE\n', '.github/pull_request_template.md': 'other\n' })
    expect(await at.store.get(request.number)).toMatchObject({ body: '## What\nB' })
    const diff = await at.forge.diff(request.number)
    expect(diff).toContain('+ONE')
    await at.forge.merge(request)
    expect(await at.forge.diff(request.number)).toBe(diff)
  })
})
