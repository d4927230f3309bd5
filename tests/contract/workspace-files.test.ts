import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lastTurn, removeWorktree, restoreWorktree, runRef } from '@/lib/workspace/git/worktree'
import { openWorkspace, type RunWorkspace } from '@/lib/workspace/workspace'
import { makeRepository, makeWorktree, temporaryFolder, userGit, writeFiles } from '../support/repos'

const odd = [
  'with space.txt',
  'it\'s "quoted".txt',
  'line\nend.txt',
  'ünï-日本.txt',
  '-dash.txt',
  ':(top)magic.txt',
  'a\tb.txt',
  '*.txt',
]
let home: string
let root: string
let dispose: () => void
let workspace: RunWorkspace

beforeEach(async () => {
  ;({ path: home, dispose } = temporaryFolder('files'))
  const source = makeRepository(home, {
    'src/app.ts': 'export function app() {\n  return 1\n}\n',
    'crlf.txt': 'one\r\ntwo\r\nthree\r\n',
    'image.png': Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]),
    'latin1.txt': Buffer.from([0x66, 0xfc, 0x72, 0x0a]),
    '.gitignore': 'ignored/\n',
    ...Object.fromEntries(odd.map((name) => [name, `needle in ${name.length}\n`])),
  })
  const worktree = await makeWorktree(home, source)
  root = worktree.root
  workspace = openWorkspace({ worktree })
})
afterEach(() => dispose())

describe('reading', () => {
  test('whole files and ranges keep line ends', async () => {
    expect(await workspace.readFile({ path: './src//app.ts' })).toMatchObject({
      fromLine: 1,
      toLine: 3,
      totalLines: 3,
    })
    const slice = await workspace.readFile({ path: 'crlf.txt', fromLine: 2, toLine: 9 })
    expect(slice).toEqual({
      path: 'crlf.txt',
      content: 'two\r\nthree\r\n',
      fromLine: 2,
      toLine: 3,
      totalLines: 3,
    })
    for (const range of [{ fromLine: 0 }, { fromLine: 4 }, { fromLine: 3, toLine: 2 }, { fromLine: 1.5 }]) {
      await expect(workspace.readFile({ path: 'crlf.txt', ...range })).rejects.toMatchObject({
        code: 'bad_request',
      })
    }
  })

  test('binary and other encodings are refused with kind and size, pipes without waiting', async () => {
    await expect(workspace.readFile({ path: 'image.png' })).rejects.toThrow(/PNG image, 8 bytes/)
    await expect(workspace.readFile({ path: 'latin1.txt' })).rejects.toThrow(/not valid UTF-8/)
    await expect(workspace.readFile({ path: 'src' })).rejects.toThrow(/is a folder/)
    execFileSync('mkfifo', [join(root, 'pipe')])
    await expect(workspace.readFile({ path: 'pipe' })).rejects.toThrow(/pipe, socket or device/)
    await expect(workspace.readFile({ path: 'none/at/all' })).rejects.toMatchObject({ code: 'not_found' })
    await expect(workspace.readFile({ path: 'crlf.txt/x' })).rejects.toMatchObject({ code: 'not_found' })
  })

  test('large files tell to read a range or to search', async () => {
    writeFileSync(join(root, 'large.txt'), 'a line\n'.repeat(200_000))
    await expect(workspace.readFile({ path: 'large.txt' })).rejects.toMatchObject({
      code: 'too_large',
      mend: expect.stringMatching(/fromLine.*search_code/),
    })
    const slice = await workspace.readFile({ path: 'large.txt', fromLine: 199_999 })
    expect(slice).toMatchObject({ toLine: 200_000, totalLines: 200_000, content: 'a line\na line\n' })
    writeFileSync(join(root, 'huge.bin'), '')
    truncateSync(join(root, 'huge.bin'), 100 * 1024 * 1024)
    await expect(workspace.readFile({ path: 'huge.bin', fromLine: 1 })).rejects.toThrow(/104857600 bytes/)
    await expect(workspace.editFile({ path: 'large.txt', oldText: 'a', newText: 'b' })).rejects.toMatchObject(
      { code: 'too_large' },
    )
  })
})

describe('odd names', () => {
  test('are listed, read, found, edited, deleted, shown and committed', async () => {
    const { files } = await workspace.listFiles({ limit: 100 })
    expect(files).toEqual(expect.arrayContaining(odd))
    for (const path of odd) {
      expect((await workspace.readFile({ path })).content).toBe(`needle in ${path.length}\n`)
      await workspace.editFile({ path, oldText: 'needle', newText: 'pin' })
    }
    const hits = await workspace.search({ query: 'pin in', regex: false, limit: 100 })
    expect(hits.map((hit) => hit.path).sort()).toEqual([...odd].sort())
    await workspace.writeFile({ path: 'new/\n"x" ü', content: 'new\n' })
    const changed = await workspace.changedFiles()
    expect(changed.map((file) => file.path).sort()).toEqual([...odd, 'new/\n"x" ü'].sort())
    expect(await workspace.commit('odd')).not.toBeNull()
    for (const path of odd) await workspace.deleteFile({ path })
    expect(await workspace.commit('gone')).not.toBeNull()
    expect((await workspace.listFiles({ limit: 100 })).files).toEqual(expect.not.arrayContaining(odd))
    expect(userGit(root, '--literal-pathspecs', 'status', '--porcelain')).toBe('')
  })

  test('that are no UTF-8 are committed as they are', async () => {
    const name = Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x66, 0xfc])])
    writeFileSync(name, 'x')
    expect(await workspace.commit('bytes')).not.toBeNull()
    expect(userGit(root, 'ls-files', 'f*')).toBe('"f\\374"')
    expect(await workspace.commit('again')).toBeNull()
  })

  test('under lists and searches below a folder only', async () => {
    expect(await workspace.listFiles({ under: 'src/', limit: 10 })).toEqual({
      files: ['src/app.ts'],
      total: 1,
    })
    expect((await workspace.listFiles({ limit: 2 })).files).toHaveLength(2)
    expect(await workspace.search({ query: 'needle', regex: false, under: 'src', limit: 10 })).toEqual([])
  })
})

describe('search', () => {
  test('takes Perl expressions, refuses bad ones, cuts long lines, skips ignored and binary files', async () => {
    writeFiles(root, { 'long.js': `x${'y'.repeat(5_000)}\n`, 'ignored/a': 'app', 'untracked.ts': 'app(2)\n' })
    const hits = await workspace.search({ query: '\\bapp\\(\\d?\\)', regex: true, limit: 10 })
    expect(hits).toEqual([
      { path: 'src/app.ts', line: 1, text: 'export function app() {' },
      { path: 'untracked.ts', line: 1, text: 'app(2)' },
    ])
    const long = await workspace.search({ query: 'xyy', regex: false, limit: 1 })
    expect(long[0]?.text).toMatch(/^xy{399}… \(5001 characters\)$/)
    expect(await workspace.search({ query: '--untracked', regex: false, limit: 1 })).toEqual([])
    await expect(workspace.search({ query: '(', regex: true, limit: 1 })).rejects.toMatchObject({
      code: 'bad_request',
    })
    await expect(workspace.search({ query: 'a\nb', regex: false, limit: 1 })).rejects.toMatchObject({
      code: 'bad_request',
    })
    await expect(workspace.search({ query: '', regex: false, limit: 1 })).rejects.toMatchObject({
      code: 'bad_request',
    })
  })
})

describe('changing', () => {
  test('edits keep CRLF and the mode; as root the files belong to the owner of the workspace', async () => {
    chmodSync(join(root, 'crlf.txt'), 0o755)
    expect(
      await workspace.editFile({ path: 'crlf.txt', oldText: 'two\nthree', newText: '2\n2.5\n3' }),
    ).toMatchObject({ matched: 'exact', line: 2 })
    expect(readFileSync(join(root, 'crlf.txt'), 'utf8')).toBe('one\r\n2\r\n2.5\r\n3\r\n')
    expect(lstatSync(join(root, 'crlf.txt')).mode & 0o777).toBe(0o755)
    expect((await workspace.diff()).includes('+2.5\r')).toBe(true)
  })

  test.runIf(process.getuid?.() === 0)('files of another owner stay so', async () => {
    const { worktree } = workspace
    await restoreWorktree({ ...worktree, ref: worktree.baseSha, owner: { uid: 12_345, gid: 12_345 } })
    await workspace.writeFile({ path: 'deep/er/new.txt', content: 'x' })
    await workspace.editFile({ path: 'src/app.ts', oldText: '1', newText: '2' })
    for (const path of ['', 'src', 'src/app.ts', 'deep', 'deep/er', 'deep/er/new.txt', 'image.png']) {
      expect([path, lstatSync(join(root, path)).uid]).toEqual([path, 12_345])
    }
    expect((await workspace.changedFiles()).map((file) => file.path)).toEqual([
      'deep/er/new.txt',
      'src/app.ts',
    ])
  })

  test('writing too much, over a folder, and deleting what is not there are refused', async () => {
    await expect(workspace.writeFile({ path: 'x', content: 'x'.repeat(1_000_001) })).rejects.toMatchObject({
      code: 'too_large',
    })
    await expect(workspace.writeFile({ path: 'src', content: 'x' })).rejects.toMatchObject({
      code: 'unprocessable',
    })
    await expect(workspace.writeFile({ path: 'src/', content: 'x' })).rejects.toMatchObject({
      code: 'bad_request',
    })
    await expect(workspace.writeFile({ path: 'crlf.txt/x', content: 'x' })).rejects.toMatchObject({
      code: 'not_found',
    })
    await expect(workspace.deleteFile({ path: 'none' })).rejects.toMatchObject({ code: 'not_found' })
    await expect(workspace.deleteFile({ path: 'src' })).rejects.toMatchObject({ code: 'unprocessable' })
  })

  test('scope and protected paths hold for every change, with a reason the agent can act on', async () => {
    const scoped = openWorkspace({
      worktree: workspace.worktree,
      scope: ['src/**'],
      protectedPaths: ['src/secret/', '.github/'],
    })
    await scoped.writeFile({ path: 'src/new.ts', content: '1' })
    for (const path of ['crlf.txt', 'src/secret/x', '.github/workflows/ci.yml']) {
      await expect(scoped.writeFile({ path, content: 'x' })).rejects.toMatchObject({ code: 'forbidden' })
    }
    await expect(scoped.editFile({ path: 'crlf.txt', oldText: 'one', newText: '1' })).rejects.toThrow(
      /outside this task's declared scope/,
    )
    await expect(scoped.deleteFile({ path: 'crlf.txt' })).rejects.toMatchObject({ code: 'forbidden' })
    // A command does not ask; what it changed shows.
    rmSync(join(root, 'crlf.txt'))
    const changed = await scoped.changedFiles()
    expect(changed).toMatchObject([
      { path: 'crlf.txt', status: 'deleted', refused: expect.stringContaining('scope') },
      { path: 'src/new.ts', status: 'added', refused: null },
    ])
  })
})

describe('diff, commits and refs', () => {
  test('the diff shows untracked, renamed and binary files and stays the same over a commit', async () => {
    writeFiles(root, { 'new.txt': 'new\n', 'new.bin': Buffer.from([0, 1, 2]) })
    const { content } = await workspace.readFile({ path: 'src/app.ts' })
    await workspace.deleteFile({ path: 'src/app.ts' })
    await workspace.writeFile({ path: 'src/main.ts', content })
    const diff = await workspace.diff()
    expect(diff).toContain('rename from src/app.ts\nrename to src/main.ts')
    expect(diff).toContain('+++ b/new.txt\n@@ -0,0 +1 @@\n+new')
    expect(diff).toContain('Binary files /dev/null and b/new.bin differ')
    expect(await workspace.commit('all of it')).not.toBeNull()
    expect(await workspace.diff()).toBe(diff)
    expect(await workspace.changedFiles()).toMatchObject([
      { path: 'new.bin', status: 'added' },
      { path: 'new.txt', status: 'added' },
      { path: 'src/main.ts', from: 'src/app.ts', status: 'renamed' },
    ])
  })

  test('a commit per changing turn moves the branch and sets a ref; nothing changed makes none', async () => {
    const { worktree } = workspace
    expect(await workspace.commit('nothing')).toBeNull()
    await workspace.writeFile({ path: 'a', content: '1' })
    const one = await workspace.commit('one')
    await workspace.writeFile({ path: 'a', content: '2' })
    const two = await workspace.commit('two\n\nBody -- with "quotes"')
    expect(await lastTurn(worktree.mirror, 'run1')).toBe(2)
    const ref = (turn: number) => userGit(worktree.mirror, 'rev-parse', runRef('run1', turn))
    expect([ref(0), ref(1), ref(2)]).toEqual([worktree.baseSha, one, two])
    expect(await workspace.headSha()).toBe(two)
    expect(userGit(root, 'log', '-1', '--format=%an %ae %B')).toBe(
      'DevPilot devpilot@localhost two\n\nBody -- with "quotes"',
    )
    expect(userGit(root, 'status', '--porcelain', '-b')).toContain('devpilot/run1')
  })

  test('a file that becomes a folder, and a folder that becomes a file', async () => {
    rmSync(join(root, 'src'), { recursive: true })
    rmSync(join(root, 'crlf.txt'))
    writeFiles(root, { src: 'file now', 'crlf.txt/inner': 'folder now' })
    expect(await workspace.commit('swap')).not.toBeNull()
    expect(userGit(root, 'ls-files', 'src', 'crlf.txt')).toBe('crlf.txt/inner\nsrc')
  })

  test('restoring goes back to a ref, keeps ignored files, and builds a lost folder again', async () => {
    const { worktree } = workspace
    await workspace.writeFile({ path: 'a', content: '1' })
    await workspace.commit('one')
    await workspace.writeFile({ path: 'a', content: '2' })
    await workspace.commit('two')
    writeFiles(root, { 'ignored/dep.js': 'kept', 'src/app.ts': 'spoilt', 'junk/x': 'junk' })
    await restoreWorktree({ ...worktree, ref: runRef('run1', 1) })
    expect(readFileSync(join(root, 'a'), 'utf8')).toBe('1')
    expect([existsSync(join(root, 'junk')), existsSync(join(root, 'ignored/dep.js'))]).toEqual([false, true])
    expect((await workspace.changedFiles()).map((file) => file.path)).toEqual(['a'])
    await removeWorktree(worktree)
    expect(existsSync(root)).toBe(false)
    expect(() => openWorkspace({ worktree })).toThrow(/is gone/)
    await restoreWorktree({ ...worktree, ref: runRef('run1', 2) })
    expect(readFileSync(join(root, 'a'), 'utf8')).toBe('2')
    expect(await openWorkspace({ worktree }).commit('nothing')).toBeNull()
  })

  test('a commit that a person put on the branch is not undone: conflict, then restored from the branch', async () => {
    const { worktree } = workspace
    await workspace.writeFile({ path: 'a', content: '1' })
    const one = await workspace.commit('one')
    const theirs = userGit(
      worktree.mirror,
      'commit-tree',
      `${worktree.baseSha}^{tree}`,
      '-p',
      one ?? '',
      '-m',
      'by hand',
    )
    userGit(worktree.mirror, 'update-ref', 'refs/heads/devpilot/run1', theirs)
    await workspace.writeFile({ path: 'b', content: '2' })
    await expect(workspace.commit('two')).rejects.toMatchObject({ code: 'conflict' })
    await restoreWorktree({ ...worktree, ref: 'refs/heads/devpilot/run1' })
    expect(existsSync(join(root, 'a'))).toBe(false)
    await workspace.writeFile({ path: 'b', content: '2' })
    const sha = await workspace.commit('two')
    expect(userGit(root, 'rev-parse', `${sha}^`)).toBe(theirs)
  })

  test('a ref that another git holds is tried again later, and nothing is half done', async () => {
    const { worktree } = workspace
    await workspace.writeFile({ path: 'a', content: '1' })
    const lock = join(worktree.mirror, 'refs/heads/devpilot/run1.lock')
    writeFileSync(lock, '')
    await expect(workspace.commit('blocked')).rejects.toMatchObject({ code: 'git_error', transient: true })
    expect(await workspace.headSha()).toBe(worktree.baseSha)
    rmSync(lock)
    expect(await workspace.commit('free')).not.toBeNull()
  })

  test('a linked file is listed and committed as a link', async () => {
    symlinkSync('src/app.ts', join(root, 'link.ts'))
    expect((await workspace.readFile({ path: 'link.ts' })).content).toContain('export function app')
    expect(await workspace.commit('link')).not.toBeNull()
    expect(userGit(root, 'ls-files', '-s', 'link.ts')).toMatch(/^120000/)
  })
})
