import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { inspectRepository } from '@/lib/workspace/git/inspect'
import { ensureMirror, mirrorPath, resolveCommit } from '@/lib/workspace/git/mirror'
import { createWorktree } from '@/lib/workspace/git/worktree'
import { openWorkspace } from '@/lib/workspace/workspace'
import {
  makeRepository,
  makeWorktree,
  temporaryFolder,
  treeHash,
  userGit,
  writeFiles,
} from '../support/repos'

let home: string
let dispose: () => void
beforeEach(() => {
  ;({ path: home, dispose } = temporaryFolder('source'))
})
afterEach(() => dispose())

describe('a repository that cannot be used says why and the mend', () => {
  const unusable = (message: RegExp) => ({
    code: 'repository_unusable',
    message: expect.stringMatching(message),
    mend: expect.any(String),
  })
  test('no such path', async () => {
    await expect(inspectRepository(join(home, 'none'))).rejects.toMatchObject(unusable(/does not exist/))
  })
  test('a file', async () => {
    writeFileSync(join(home, 'file'), 'x')
    await expect(inspectRepository(join(home, 'file'))).rejects.toMatchObject(unusable(/is a file/))
  })
  test('no repository', async () => {
    await expect(inspectRepository(home)).rejects.toMatchObject(unusable(/not in a git repository/))
  })
  test('empty, without a commit', async () => {
    userGit(home, 'init', '-q')
    await expect(inspectRepository(home)).rejects.toMatchObject(unusable(/has no commit/))
  })
  test('bare', async () => {
    userGit(home, 'init', '-q', '--bare', 'bare.git')
    await expect(inspectRepository(join(home, 'bare.git'))).rejects.toMatchObject(unusable(/bare repository/))
  })
  test('a source that is no path and no address', async () => {
    for (const source of [
      'ext::sh -c touch% /tmp/x',
      '-u./evil',
      'relative/path',
      'file:///etc',
      'https://-oProxy',
    ]) {
      const mirror = join(home, 'm.git')
      await expect(ensureMirror({ source, mirror })).rejects.toMatchObject({ code: 'bad_request' })
    }
  })
})

describe('facts', () => {
  test('of a repository with a bit of everything, asked from a folder below its top', async () => {
    const root = makeRepository(home, {
      'src/a.ts': 'const a = 1\n',
      'src/b.py': 'b = 1\nb = 2\nb = 3\n',
      '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n',
      'it\'s "odd"\nünï.txt': 'x',
    })
    userGit(root, 'remote', 'add', 'origin', 'https://ada:geheim@example.com/a/b.git')
    const sub = makeRepository(home, { 'x.txt': 'x' }, 'library')
    userGit(root, '-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', sub, 'lib')
    userGit(root, 'commit', '-q', '-m', 'submodule')
    writeFiles(root, { 'src/a.ts': 'const a = 2\n', 'new file.txt': 'n' })
    const facts = await inspectRepository(join(root, 'src'))
    expect(facts).toMatchObject({
      root,
      branch: 'main',
      detached: false,
      defaultBranch: 'main',
      shallow: false,
      originUrl: 'https://example.com/a/b.git',
      dirty: true,
      dirtyFiles: ['src/a.ts', 'new file.txt'],
      submodules: ['lib'],
      usesLfs: true,
      languages: [
        { name: 'Python', files: 1, bytes: 18 },
        { name: 'TypeScript', files: 1, bytes: 12 },
      ],
    })
    expect(facts.largestFiles.map((file) => file.path)).toContain('it\'s "odd"\nünï.txt')
  })

  test('a detached head, and master as the default branch', async () => {
    const root = makeRepository(home, { a: '1' })
    userGit(root, 'branch', '-m', 'master')
    userGit(root, 'checkout', '-q', '--detach')
    const facts = await inspectRepository(root)
    expect(facts).toMatchObject({ branch: null, detached: true, defaultBranch: 'master', dirty: false })
  })
})

describe('mirrors', () => {
  test('of a shallow clone with a detached head give a worktree', async () => {
    const root = makeRepository(home, { a: '1' })
    for (const n of ['2', '3']) {
      writeFiles(root, { a: n })
      userGit(root, 'commit', '-qam', n)
    }
    userGit(home, 'clone', '-q', '--depth=1', `file://${root}`, 'shallow')
    const shallow = join(home, 'shallow')
    userGit(shallow, 'checkout', '-q', '--detach')
    expect(await inspectRepository(shallow)).toMatchObject({ shallow: true, detached: true })
    const before = treeHash(shallow)
    const worktree = await makeWorktree(home, shallow)
    expect(readFileSync(join(worktree.root, 'a'), 'utf8')).toBe('3')
    expect(await resolveCommit(worktree.mirror, 'main')).toBe(worktree.baseSha)
    expect(treeHash(shallow)).toBe(before)
    writeFiles(worktree.root, { a: '4' })
    expect(await openWorkspace({ worktree }).commit('four')).toMatch(/^[0-9a-f]{40}$/)
  })

  test('follow the source: new, changed and deleted branches; runs keep what they have', async () => {
    const root = makeRepository(home, { a: '1' })
    userGit(root, 'branch', 'side')
    userGit(root, 'tag', 'v1')
    const worktree = await makeWorktree(home, root)
    const { mirror } = worktree
    expect(await resolveCommit(mirror, 'side')).toBe(worktree.baseSha)
    writeFiles(root, { a: '2' })
    userGit(root, 'commit', '-q', '--amend', '-am', 'other')
    userGit(root, 'branch', '-D', 'side')
    userGit(root, 'branch', 'devpilot/run1')
    const { headSha } = await ensureMirror({ source: root, mirror })
    expect(headSha).toBe(userGit(root, 'rev-parse', 'HEAD'))
    expect(await resolveCommit(mirror, 'main')).toBe(headSha)
    expect(await resolveCommit(mirror, 'v1')).toBe(worktree.baseSha)
    await expect(resolveCommit(mirror, 'side')).rejects.toMatchObject({ code: 'not_found' })
    await expect(resolveCommit(mirror, '--all')).rejects.toMatchObject({ code: 'not_found' })
    expect(await openWorkspace({ worktree }).headSha()).toBe(worktree.baseSha)
    // The copy stands by itself.
    userGit(root, 'reflog', 'expire', '--expire=now', '--all')
    userGit(root, 'tag', '-d', 'v1')
    userGit(root, 'gc', '-q', '--prune=now')
    expect(userGit(mirror, 'cat-file', '-t', worktree.baseSha)).toBe('commit')
  })

  test('are made by eight at once, each with its own worktree and commit', async () => {
    const root = makeRepository(
      home,
      Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`d${n % 7}/f${n}`, `${n}\n`])),
    )
    const before = treeHash(root)
    const runs = Array.from({ length: 8 }, (_, n) => `run${n}`)
    const shas = await Promise.all(
      runs.map(async (run) => {
        const worktree = await makeWorktree(home, root, run)
        const workspace = openWorkspace({ worktree })
        expect((await workspace.listFiles({ limit: 1_000 })).total).toBe(200)
        await workspace.writeFile({ path: 'mine.txt', content: run })
        const sha = await workspace.commit(run)
        expect(userGit(worktree.mirror, 'show', `refs/devpilot/runs/${run}/1:mine.txt`)).toBe(run)
        return sha
      }),
    )
    expect(new Set(shas).size).toBe(8)
    expect(treeHash(root)).toBe(before)
    expect(existsSync(join(home, 'mirrors', 'source.git.lock'))).toBe(false)
  })

  test('a lock of a process that died is taken over; one that git does not know any more is made anew', async () => {
    const root = makeRepository(home, { a: '1' })
    const mirror = mirrorPath(home, root)
    mkdirSync(join(mirror, 'objects'), { recursive: true })
    const { hostname } = await import('node:os')
    const dead = { id: 'x', pid: 2 ** 22 - 1, host: hostname(), started: '1' }
    writeFileSync(`${mirror}.lock`, JSON.stringify(dead))
    const { headSha } = await ensureMirror({ source: root, mirror })
    expect(headSha).toBe(userGit(root, 'rev-parse', 'HEAD'))
  })

  test('of a repository with a 100 MB file and a submodule', async () => {
    const root = makeRepository(home, { 'a.txt': 'a' })
    writeFileSync(join(root, 'big.bin'), '')
    truncateSync(join(root, 'big.bin'), 100 * 1024 * 1024)
    const sub = makeRepository(home, { 'x.txt': 'x' }, 'library')
    userGit(root, '-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', sub, 'lib')
    userGit(root, 'add', '-A')
    userGit(root, 'commit', '-q', '-m', 'big')
    const worktree = await makeWorktree(home, root)
    const workspace = openWorkspace({ worktree })
    expect((await workspace.listFiles({ limit: 10 })).files).toEqual(['.gitmodules', 'a.txt', 'big.bin'])
    await expect(workspace.readFile({ path: 'big.bin' })).rejects.toMatchObject({
      code: 'unprocessable',
      message: expect.stringContaining('104857600 bytes'),
    })
    await expect(workspace.readFile({ path: 'lib' })).rejects.toMatchObject({ code: 'unprocessable' })
    expect(await workspace.search({ query: '^a$', regex: true, limit: 5 })).toEqual([
      { path: 'a.txt', line: 1, text: 'a' },
    ])
    await workspace.writeFile({ path: 'b.txt', content: 'b\n' })
    expect(await workspace.commit('b')).not.toBeNull()
    expect(await workspace.diff()).not.toContain('lib')
  })

  test('of a partial clone, which lacks objects, say so at once', async () => {
    const root = makeRepository(home, { 'a.txt': 'a', 'b/c.txt': 'c' })
    userGit(root, 'config', 'uploadpack.allowFilter', 'true')
    userGit(home, 'clone', '-q', '--no-checkout', '--filter=blob:none', `file://${root}`, 'partial')
    const call = ensureMirror({ source: join(home, 'partial'), mirror: join(home, 'm.git') })
    await expect(call).rejects.toMatchObject({
      code: 'repository_unusable',
      transient: false,
      mend: expect.stringMatching(/partial clone/),
    })
  })

  test('names of runs and branches that git or a path would misread are refused', async () => {
    const worktree = await makeWorktree(home, makeRepository(home, { a: '1' }))
    for (const change of [
      { runId: '../x' },
      { runId: '' },
      { branch: '-D' },
      { branch: 'a..b' },
      { branch: 'a\nb' },
    ]) {
      await expect(createWorktree({ ...worktree, ...change })).rejects.toMatchObject({ code: 'bad_request' })
    }
    await expect(createWorktree({ ...worktree, baseSha: 'f'.repeat(40) })).rejects.toMatchObject({
      code: 'not_found',
    })
  })
})
