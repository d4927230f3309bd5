import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createGitHubForge } from '@/lib/forge/github/github'
import { commit, git, makeMirror, temporary } from '../support/forge-repositories'
import { requires } from '../support/require'

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

const backend = join(git('/', ['--exec-path']), 'git-http-backend')
const available = requires('git-http-backend', existsSync(backend))
const token = 'a-token-for-this-test'

/** git's own http server over `root`, which wants the token as GitHub does. */
async function serve(root: string): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    asked.push(`${request.method} ${url.pathname}`)
    const wanted = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`
    if (request.headers.authorization !== wanted) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
      return
    }
    const env = {
      NODE_ENV: 'test' as const,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      REMOTE_USER: 'x',
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      PATH: '/usr/bin:/bin',
    }
    const child = spawn(backend, [], { env })
    request.pipe(child.stdin)
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.on('close', () => {
      const all = Buffer.concat(chunks)
      const end = all.indexOf('\r\n\r\n')
      const head = all.subarray(0, end).toString('latin1').split('\r\n')
      const pairs = head.map((line) => line.split(/: (.*)/s).slice(0, 2))
      const { Status: status = '200', ...headers } = Object.fromEntries(pairs)
      response.writeHead(Number.parseInt(status, 10), headers).end(all.subarray(end + 4))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => new Promise((resolve) => server.close(() => resolve())))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return { url: `http://127.0.0.1:${address.port}`, asked }
}

async function bench(auth = { token }) {
  const folder = temporary()
  cleanups.push(folder.clean)
  const mirror = makeMirror(join(folder.path, 'mirror.git'), { 'a.txt': 'a\n' })
  const remote = join(folder.path, 'srv', 'acme', 'shop.git')
  git(folder.path, ['clone', '--quiet', '--bare', mirror, remote])
  git(remote, ['config', 'http.receivepack', 'true'])
  const { url, asked } = await serve(join(folder.path, 'srv'))
  const forge = createGitHubForge({ owner: 'acme', repo: 'shop', auth, baseUrl: url, retryBaseMs: 1 })
  return { mirror, remote, forge, asked, main: git(mirror, ['rev-parse', 'main']), branch: 'devpilot/größe' }
}

describe.skipIf(!available)('pushing with git over http', () => {
  it('brings the branch there, once, and takes a rewritten one of its own', async () => {
    const { mirror, remote, forge, asked, main, branch } = await bench()
    const first = commit(mirror, { branch, from: main, files: { 'ü.txt': 'x\n' } })
    await forge.push({ mirror, branch, headSha: first })
    expect(git(remote, ['rev-parse', branch])).toBe(first)
    asked.length = 0
    await forge.push({ mirror, branch, headSha: first })
    expect(asked.filter((line) => line.includes('receive-pack'))).toEqual([])
    const second = commit(mirror, { branch, from: main, files: { 'ü.txt': 'y\n' } })
    await forge.push({ mirror, branch, headSha: second })
    expect(git(remote, ['rev-parse', branch])).toBe(second)
  })

  it("does not overwrite somebody else's commit", async () => {
    const { mirror, remote, forge, main, branch } = await bench()
    const first = commit(mirror, { branch, from: main, files: { 'x.txt': 'x\n' } })
    await forge.push({ mirror, branch, headSha: first })
    const theirs = commit(remote, { branch, files: { 'theirs.txt': 'x\n' } })
    const second = commit(mirror, { branch, files: { 'x.txt': 'y\n' } })
    await expect(forge.push({ mirror, branch, headSha: second })).rejects.toMatchObject({ code: 'conflict' })
    expect(git(remote, ['rev-parse', branch])).toBe(theirs)
  })

  it('says which permission is missing, and does not show the token', async () => {
    const { mirror, forge, main, branch } = await bench({ token: 'another-secret-token' })
    const headSha = commit(mirror, { branch, from: main, files: { 'x.txt': 'x\n' } })
    const error: unknown = await forge.push({ mirror, branch, headSha }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'forge_error', mend: expect.stringContaining('contents: write') })
    const basic = Buffer.from('x-access-token:another-secret-token').toString('base64')
    for (const secret of ['another-secret-token', basic]) expect(String(error)).not.toContain(secret)
    expect(git(mirror, ['config', '--list', '--local'])).not.toContain('extraheader')
  })

  it('says why the server refused', async () => {
    const { mirror, remote, forge, main, branch } = await bench()
    git(remote, ['config', 'receive.denyCurrentBranch', 'refuse'])
    git(remote, ['config', 'receive.maxInputSize', '1'])
    const headSha = commit(mirror, { branch, from: main, files: { 'x.txt': 'x\n' } })
    await expect(forge.push({ mirror, branch, headSha })).rejects.toMatchObject({ code: 'forge_error' })
  })
})
