import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { AppError } from '@/lib/errors'
import { inspectRepository } from '@/lib/workspace/git/inspect'
import { ensureMirror } from '@/lib/workspace/git/mirror'
import { git } from '@/lib/workspace/git/run'
import { restoreWorktree } from '@/lib/workspace/git/worktree'
import { openWorkspace, type RunWorkspace } from '@/lib/workspace/workspace'
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
  ;({ path: home, dispose } = temporaryFolder('hostile'))
})
afterEach(() => dispose())

/** A folder in which any program that a hostile setting starts leaves a file with its name. */
function traps() {
  const folder = join(home, 'traps')
  mkdirSync(folder)
  const command = (name: string) => `touch '${folder}/${name}'; cat`
  return { command, sprung: () => readdirSync(folder) }
}

/** Every setting we know by which a repository can start a program. */
function hostileConfig(command: (name: string) => string): string {
  return [
    `[core]\n fsmonitor = "${command('fsmonitor')}"\n sshCommand = "${command('ssh')}"\n pager = "${command('pager')}"`,
    ` editor = "${command('editor')}"\n askPass = "${command('askpass')}"\n alternateRefsCommand = "${command('alternates')}"`,
    ` hooksPath = ${home}/hooks\n gitProxy = "${command('proxy')}"`,
    `[filter "evil"]\n clean = "${command('clean')}"\n smudge = "${command('smudge')}"\n required = true`,
    `[filter "long"]\n process = "${command('process')}"`,
    `[diff]\n external = "${command('external')}"\n[diff "evil"]\n textconv = "${command('textconv')}"\n command = "${command('diffcmd')}"`,
    `[merge "evil"]\n driver = "${command('driver')}"`,
    `[credential]\n helper = "!${command('credential')}"`,
    `[uploadpack]\n packObjectsHook = "${command('packhook')}"`,
    `[remote "origin"]\n url = ext::sh -c "${command('remote')}"\n uploadpack = "${command('uploadpack')}"\n promisor = true`,
    `[gpg]\n program = "${command('gpg')}"\n[commit]\n gpgSign = true\n[alias]\n status = "!${command('alias')}"`,
    `[protocol "ext"]\n allow = always\n[submodule]\n recurse = true`,
  ].join('\n')
}

function hostileHooks(folder: string, command: (name: string) => string): void {
  mkdirSync(folder, { recursive: true })
  for (const name of [
    'post-checkout',
    'pre-commit',
    'post-index-change',
    'reference-transaction',
    'pre-push',
    'post-update',
  ]) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${command(`hook-${name}`)}\n`)
    chmodSync(join(folder, name), 0o755)
  }
}

describe('nothing of a repository runs on the host', () => {
  test('the source: settings, filters, hooks; its checkout and its .git stay byte for byte', async () => {
    const { command, sprung } = traps()
    const attributes = '*.ev filter=evil diff=evil merge=evil\n*.lg filter=long\n'
    const source = makeRepository(home, { 'a.ev': 'one\n', 'b.lg': 'two\n', '.gitattributes': attributes })
    appendFileSync(join(source, '.git/config'), hostileConfig(command).replaceAll('\\', ''))
    hostileHooks(join(home, 'hooks'), command)
    hostileHooks(join(source, '.git/hooks'), command)
    writeFiles(source, { 'a.ev': 'dirty\n', 'c.ev': 'new\n' })
    // The traps are live: the user's own git springs them.
    execFileSync('sh', ['-c', 'git status >/dev/null 2>&1; git diff >/dev/null 2>&1 || true'], {
      cwd: source,
    })
    expect(sprung()).toEqual(expect.arrayContaining(['fsmonitor', 'clean']))
    rmSync(join(home, 'traps'), { recursive: true })
    mkdirSync(join(home, 'traps'))
    const before = treeHash(source)

    expect(await inspectRepository(source)).toMatchObject({ dirty: true, dirtyFiles: ['a.ev', 'c.ev'] })
    const worktree = await makeWorktree(home, source)
    const workspace = openWorkspace({ worktree })
    await workspace.listFiles({ limit: 10 })
    await workspace.search({ query: 'one', regex: true, limit: 10 })
    await workspace.editFile({ path: 'a.ev', oldText: 'one', newText: '1' })
    await workspace.writeFile({ path: 'd.lg', content: 'd' })
    await workspace.changedFiles()
    expect(await workspace.diff()).toContain('+1')
    expect(await workspace.commit('change')).not.toBeNull()
    await restoreWorktree({ ...worktree, ref: worktree.baseSha })
    await ensureMirror({ source, mirror: worktree.mirror })

    expect(sprung()).toEqual([])
    expect(treeHash(source)).toBe(before)
  })

  test('a workspace in which a command made repositories and replaced .git', async () => {
    const { command, sprung } = traps()
    const library = makeRepository(home, { 'x.txt': 'x' }, 'library')
    const source = makeRepository(home, { 'a.ev': 'one\n', '.gitattributes': '*.ev filter=evil diff=evil\n' })
    userGit(source, '-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', library, 'sub')
    userGit(source, 'commit', '-q', '-m', 'sub')
    const worktree = await makeWorktree(home, source)
    for (const folder of ['sub', 'nested', '.']) {
      const path = join(worktree.root, folder)
      rmSync(join(path, '.git'), { force: true })
      mkdirSync(path, { recursive: true })
      userGit(path, 'init', '-q')
      writeFiles(path, { 'x.txt': 'changed' })
      userGit(path, 'add', 'x.txt')
      userGit(path, 'commit', '-q', '-m', 'x')
      writeFiles(path, { 'x.txt': 'changed again' })
      appendFileSync(join(path, '.git/config'), hostileConfig(command))
      hostileHooks(join(path, '.git/hooks'), command)
    }
    const workspace = openWorkspace({ worktree })
    await workspace.listFiles({ limit: 10 })
    await workspace.search({ query: 'one', regex: false, limit: 10 })
    await workspace.writeFile({ path: 'a.ev', content: 'two\n' })
    expect(await workspace.diff()).toContain('+two')
    const sha = await workspace.commit('change')
    expect(sprung()).toEqual([])
    const paths = userGit(worktree.mirror, 'diff', '--name-only', worktree.baseSha, sha ?? '')
    expect(paths).toBe('a.ev\nx.txt')
    await restoreWorktree({ ...worktree, ref: worktree.baseSha })
    expect(sprung()).toEqual([])
    expect(existsSync(join(worktree.root, 'nested'))).toBe(false)
  })

  test('ext:: and file addresses need the word of the caller, and errors hide the header', async () => {
    const { command, sprung } = traps()
    const mirror = join(home, 'm.git')
    await git(['init', '-q', '--bare', mirror])
    const fetch = (source: string) => git(['fetch', '--', source], { gitDir: mirror, protocols: ['https'] })
    await expect(fetch(`ext::sh -c "${command('ext')}"`)).rejects.toThrow(/not allowed/)
    await expect(fetch(`file://${home}`)).rejects.toThrow(/not allowed/)
    expect(sprung()).toEqual([])
    const header = { url: 'http://127.0.0.1:1/', header: 'Authorization: Basic c2VjcmV0LXRva2Vu' }
    const failed = git(['fetch', '--', 'http://127.0.0.1:1/x'], {
      gitDir: mirror,
      protocols: ['http'],
      header,
    })
    await expect(failed).rejects.toSatisfy((error) => error instanceof AppError && error.transient)
    await expect(failed).rejects.not.toThrow(/c2VjcmV0/)
  })

  test('the header reaches its own server, no other one, and no command line', async () => {
    const seen: (string | undefined)[] = []
    let commands = ''
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization)
      commands += execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
      response.writeHead(404).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const value = 'Basic c2VjcmV0LXRva2Vu'
    const header = { url: `http://127.0.0.1:${port}/`, header: `Authorization: ${value}` }
    try {
      for (const host of ['127.0.0.1', 'localhost']) {
        const source = `http://${host}:${port}/a.git`
        const call = ensureMirror({ source, mirror: join(home, `${host}.git`), header })
        await expect(call).rejects.toMatchObject({ code: 'repository_unusable' })
      }
    } finally {
      server.close()
    }
    expect(seen).toEqual([value, undefined])
    expect(commands).toContain('git')
    expect(commands).not.toContain('c2VjcmV0')
  })

  test('a git that hangs is ended with all that it started, at its limit or at a cancel', async () => {
    const alias = ['-c', 'alias.hang=!sleep 98765 & sleep 98765']
    await expect(git([...alias, 'hang'], { timeoutMs: 300 })).rejects.toMatchObject({
      code: 'timeout',
      transient: true,
    })
    const controller = new AbortController()
    const hanging = git([...alias, 'hang'], { signal: controller.signal })
    setTimeout(() => controller.abort(), 200)
    await expect(hanging).rejects.toMatchObject({ code: 'cancelled' })
    await expect(git(['version'], { signal: controller.signal })).rejects.toMatchObject({ code: 'cancelled' })
    await vi.waitFor(() =>
      expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain('sleep 98765'),
    )
    await expect(
      git(['cat-file', '--batch'], { input: 'x\n'.repeat(9), maxOutputBytes: 3 }),
    ).rejects.toBeInstanceOf(AppError)
  })
})

describe('links and paths do not leave the workspace', () => {
  let root: string
  let outside: string
  let workspace: RunWorkspace
  beforeEach(async () => {
    outside = join(home, 'outside')
    writeFiles(outside, { 'secret.txt': 'a secret' })
    const source = makeRepository(home, {
      'src/secret.txt': 'harmless',
      'src/deep/a.txt': 'a',
      'top.txt': 'top',
    })
    const worktree = await makeWorktree(home, source)
    root = worktree.root
    workspace = openWorkspace({ worktree })
  })

  const refuses = async (path: string, code: string) => {
    const edit = { path, oldText: 'secret', newText: 'x' }
    for (const call of [
      () => workspace.readFile({ path }),
      () => workspace.editFile(edit),
      () => workspace.writeFile({ path, content: 'x' }),
      () => workspace.deleteFile({ path }),
    ]) {
      await expect(call(), `${call} ${path}`).rejects.toMatchObject({ code, message: expect.any(String) })
    }
  }

  test('absolute paths, .., NUL and .git in every spelling', async () => {
    for (const path of ['/etc/passwd', 'C:\\x', 'a\0b', '~/x', '']) await refuses(path, 'bad_request')
    const dotGit = [
      '.git',
      '.git/config',
      '.GIT/config',
      'src/.Git',
      'git~1/x',
      '.git./x',
      '.git ',
      '.g\u200cit/x',
      '.git::$INDEX_ALLOCATION/x',
    ]
    for (const path of ['..', '../x', 'src/../../x', 'src/../top.txt', ...dotGit])
      await refuses(path, 'forbidden')
    for (const under of ['../..', '/etc', '.git']) {
      await expect(workspace.listFiles({ under, limit: 1 })).rejects.toBeInstanceOf(AppError)
      await expect(workspace.search({ query: 'x', regex: false, under, limit: 1 })).rejects.toBeInstanceOf(
        AppError,
      )
    }
    await workspace.writeFile({ path: '.gitignore', content: 'x' })
    await workspace.writeFile({ path: '.github/a.yml', content: 'x' })
  })

  test('a link to a file outside: not read, written or edited; deleting takes the link alone', async () => {
    symlinkSync(join(outside, 'secret.txt'), join(root, 'abs.txt'))
    symlinkSync('../../outside/secret.txt', join(root, 'rel.txt'))
    for (const path of ['abs.txt', 'rel.txt']) {
      await expect(workspace.readFile({ path })).rejects.toMatchObject({ code: 'forbidden' })
      await expect(workspace.writeFile({ path, content: 'x' })).rejects.toMatchObject({ code: 'forbidden' })
      await expect(workspace.editFile({ path, oldText: 'secret', newText: 'x' })).rejects.toMatchObject({
        code: 'forbidden',
      })
      expect(await workspace.search({ query: 'a secret', regex: false, limit: 9 })).toEqual([])
      await workspace.deleteFile({ path })
      expect(existsSync(join(root, path))).toBe(false)
    }
    expect(readFileSync(join(outside, 'secret.txt'), 'utf8')).toBe('a secret')
  })

  test('a folder that git knows and a command turned into a link', async () => {
    rmSync(join(root, 'src'), { recursive: true })
    symlinkSync(outside, join(root, 'src'))
    await refuses('src/secret.txt', 'forbidden')
    await refuses('src/new/file.txt', 'forbidden')
    expect((await workspace.listFiles({ limit: 9 })).files).toEqual(['src', 'top.txt'])
    expect((await workspace.listFiles({ under: 'src', limit: 9 })).files).not.toContain('src/secret.txt')
    expect(await workspace.search({ query: 'secret', regex: false, limit: 9 })).toEqual([])
    expect(await workspace.diff()).not.toContain('a secret')
    const sha = await workspace.commit('link')
    expect(userGit(workspace.worktree.mirror, 'ls-tree', '-r', '--name-only', sha ?? '')).toBe('src\ntop.txt')
    const { worktree } = workspace
    await restoreWorktree({
      ...worktree,
      ref: worktree.baseSha,
      owner: { uid: process.getuid?.() ?? 0, gid: 0 },
    })
    expect(readFileSync(join(root, 'src/secret.txt'), 'utf8')).toBe('harmless')
    expect(readdirSync(outside)).toEqual(['secret.txt'])
    expect(readFileSync(join(outside, 'secret.txt'), 'utf8')).toBe('a secret')
  })

  test('links inside are read and named for edits; into .git, round and round, or dangling they are refused', async () => {
    symlinkSync('../top.txt', join(root, 'src/up.txt'))
    symlinkSync('deep', join(root, 'src/same'))
    symlinkSync('.git', join(root, 'g'))
    symlinkSync('loop', join(root, 'loop'))
    symlinkSync('nowhere', join(root, 'dangling'))
    expect((await workspace.readFile({ path: 'src/up.txt' })).content).toBe('top')
    expect((await workspace.readFile({ path: 'src/same/a.txt' })).content).toBe('a')
    await expect(workspace.editFile({ path: 'src/up.txt', oldText: 'top', newText: 'x' })).rejects.toThrow(
      /link to `top.txt`/,
    )
    await expect(workspace.writeFile({ path: 'src/same/a.txt', content: 'x' })).rejects.toMatchObject({
      code: 'forbidden',
    })
    await expect(workspace.readFile({ path: 'g' })).rejects.toMatchObject({ code: 'forbidden' })
    await expect(workspace.readFile({ path: 'loop' })).rejects.toThrow(/round in links/)
    await expect(workspace.readFile({ path: 'dangling' })).rejects.toMatchObject({ code: 'not_found' })
    await expect(workspace.writeFile({ path: 'dangling', content: 'x' })).rejects.toMatchObject({
      code: 'forbidden',
    })
    expect(readlinkSync(join(root, 'dangling'))).toBe('nowhere')
  })

  test('a folder swapped for a link again and again while files are read and written never leads outside', async () => {
    const script = `cd '${root}' && mv src real && while :; do ln -sfn real src; ln -sfn '${outside}' src; rm -f src; mv real src; mv src real; done`
    const { spawn } = await import('node:child_process')
    const swapper = spawn('sh', ['-c', script], { stdio: 'ignore' })
    try {
      const end = Date.now() + 1_500
      while (Date.now() < end) {
        const read = await workspace.readFile({ path: 'src/secret.txt' }).catch((error: unknown) => error)
        if (!(read instanceof Error))
          expect(read).toMatchObject({ content: expect.stringMatching(/^(harmless|mine)$/) })
        await workspace.writeFile({ path: 'src/secret.txt', content: 'mine' }).catch((error: unknown) => {
          expect(error).toBeInstanceOf(Error)
        })
        await new Promise((resolve) => setImmediate(resolve))
      }
    } finally {
      swapper.kill('SIGKILL')
    }
    expect(readFileSync(join(outside, 'secret.txt'), 'utf8')).toBe('a secret')
    expect(readdirSync(outside)).toEqual(['secret.txt'])
  })
})
