import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { AppError } from '@/lib/errors'
import type { OpenPullRequest } from '@/lib/forge/forge'
import type { GitHubOptions } from '@/lib/forge/github/client'
import { createGitHubForge } from '@/lib/forge/github/github'
import { type GitHubEmulator, startGitHub } from '../support/forge-emulator'
import { commit, git, makeMirror, temporary } from '../support/forge-repositories'

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

function forgeOf(server: GitHubEmulator, more: Partial<GitHubOptions> = {}) {
  return createGitHubForge({
    owner: 'acme',
    repo: 'shop',
    auth: { token: server.token },
    baseUrl: server.url,
    push: 'api',
    paced: false,
    retryBaseMs: 1,
    ...more,
  })
}

async function bench(files: Record<string, string> = { 'README.md': 'one\n' }) {
  const folder = temporary()
  cleanups.push(folder.clean)
  const server = await startGitHub()
  cleanups.push(() => server.close())
  const mirror = makeMirror(join(folder.path, 'mirror.git'), files)
  const main = git(mirror, ['rev-parse', 'main'])
  const forge = forgeOf(server)
  await forge.push({ mirror, branch: 'main', headSha: main })
  const headSha = commit(mirror, { branch: 'devpilot/1', from: main, files: { 'new.txt': 'new\n' } })
  await forge.push({ mirror, branch: 'devpilot/1', headSha })
  const request: OpenPullRequest = {
    key: 'run-1/pr',
    branch: 'devpilot/1',
    target: 'main',
    headSha,
    title: 'T',
    body: 'Closes #1 <!-- devpilot:key=forged -->',
    draft: false,
  }
  server.writes.length = 0
  const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' }
  const get = async (path: string) =>
    (await fetch(`${server.url}/repos/acme/shop/${path}`, { headers })).json()
  const post = async (path: string, body: unknown) =>
    fetch(`${server.url}/repos/acme/shop/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  return { server, forge, mirror, main, headSha, request, get, post }
}

describe('a server that fails', () => {
  it.each(['before', 'after'] as const)(
    'makes nothing twice when a call fails %s it was carried out',
    async (when) => {
      const at = await bench()
      const failed = new Set<string>()
      at.server.fault = (method, path) => {
        if (method === 'GET' || failed.has(`${method} ${path}`)) return null
        failed.add(`${method} ${path}`)
        return when
      }
      const { number } = await at.forge.openPullRequest(at.request)
      await at.forge.setLabels(number, { add: ['devpilot'], remove: [] })
      await at.forge.setCheck({
        headSha: at.headSha,
        state: 'success',
        summary: 'good',
        url: 'http://x.test/',
      })
      await at.forge.comment(number, { key: 'c', body: 'hello' })
      await at.forge.addReviewComments(number, [{ key: 'r', file: 'new.txt', line: 1, body: 'why' }])
      const merge = { key: 'm', number, headSha: at.headSha, method: 'merge', message: 'Merge' } as const
      expect(await at.forge.merge(merge)).toMatchObject({ state: 'merged' })
      expect(failed.size).toBeGreaterThanOrEqual(4)
      expect(await at.get('pulls?state=all')).toHaveLength(1)
      expect(await at.get(`issues/${number}/comments`)).toHaveLength(1)
      expect(await at.get(`pulls/${number}/comments`)).toHaveLength(1)
      expect(await at.get(`issues/${number}/labels`)).toHaveLength(1)
      expect(await at.get(`commits/${at.headSha}/statuses`)).toHaveLength(1)
      expect(await at.get('commits?sha=main')).toHaveLength(3)
    },
  )

  it('reads again after a 500, and gives a transient error when it stays', async () => {
    const at = await bench()
    const { number } = await at.forge.openPullRequest(at.request)
    let left = 2
    at.server.fault = () => (left-- > 0 ? 'before' : null)
    expect(await at.forge.getPullRequest(number)).toMatchObject({ number })
    at.server.fault = () => 'before'
    await expect(at.forge.getPullRequest(number)).rejects.toMatchObject({
      code: 'forge_error',
      transient: true,
    })
  })

  it('cannot be reached: transient', async () => {
    const at = await bench()
    const forge = forgeOf(at.server, { baseUrl: 'http://127.0.0.1:9' })
    await expect(forge.getIssue(1)).rejects.toMatchObject({ code: 'forge_error', transient: true })
  })
})

describe('what is asked before each write', () => {
  it('is asked once for each call that changes something, and stops it, and is not asked for looks', async () => {
    const at = await bench()
    let asked = 0
    let fail: AppError | null = null
    const forge = forgeOf(at.server, {
      beforeWrite: async () => {
        asked += 1
        if (fail) throw fail
      },
    })
    const { number } = await forge.openPullRequest(at.request)
    await forge.setLabels(number, { add: ['devpilot'], remove: ['none'] })
    expect(asked).toBe(at.server.writes.length)
    const before = asked
    await forge.openPullRequest(at.request)
    await forge.setLabels(number, { add: ['devpilot'], remove: ['none'] })
    expect([asked, at.server.writes.length]).toEqual([before, before])

    fail = new AppError('lease_lost', 'Another worker has this run now.')
    const merge = { key: 'm', number, headSha: at.headSha, method: 'merge', message: 'Merge' } as const
    const calls = [
      () => forge.comment(number, { key: 'c', body: 'hello' }),
      () => forge.setLabels(number, { add: ['other'], remove: [] }),
      () => forge.setCheck({ headSha: at.headSha, state: 'success', summary: 'good', url: 'http://x.test/' }),
      () => forge.addReviewComments(number, [{ key: 'r', file: 'new.txt', line: 1, body: 'why' }]),
      () => forge.merge(merge),
      () => forge.push({ mirror: at.mirror, branch: 'devpilot/2', headSha: at.headSha }),
    ]
    for (const call of calls) await expect(call()).rejects.toBe(fail)
    expect([asked, at.server.writes.length]).toEqual([before + calls.length, before])
  })
})

describe('a token that does not do', () => {
  it.each([
    { name: 'one that is wrong', auth: { token: 'wrong' }, words: /GITHUB_TOKEN/ },
    { name: "a stranger's", auth: null, words: /pull requests|permission|scope/ },
  ])('$name: says what it lacks and makes nothing', async ({ auth, words }) => {
    const at = await bench()
    const forge = forgeOf(at.server, { auth: auth ?? { token: at.server.stranger } })
    const headSha = commit(at.mirror, { branch: 'devpilot/2', from: at.main, files: { 'x.txt': 'x\n' } })
    const push = forge.push({ mirror: at.mirror, branch: 'devpilot/2', headSha })
    await expect(push).rejects.toMatchObject({ code: 'forge_error', mend: expect.stringMatching(words) })
    expect(at.server.writes).toEqual([])
  })

  it('is not sent over plain http to another machine', () => {
    const options = { owner: 'a', repo: 'b', auth: { token: 't' } }
    expect(() => createGitHubForge({ ...options, baseUrl: 'http://example.com' })).toThrow(/https/)
    expect(() => createGitHubForge({ ...options, baseUrl: 'nonsense' })).toThrow(/https/)
  })
})

describe('a repository that is not there', () => {
  it('is told from a number that is not there', async () => {
    const at = await bench()
    const forge = forgeOf(at.server, { repo: 'none' })
    const calls = [
      () => forge.getPullRequest(1),
      () => forge.getIssue(1),
      () => forge.openPullRequest(at.request),
    ]
    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({
        code: 'forge_error',
        mend: expect.stringContaining('acme/none'),
      })
    }
  })
})

describe('pull requests', () => {
  it("put the text into the base branch's template, with one marker of their own", async () => {
    const template = '## What\n\n{{ devpilot }}\n\n## Checklist\n- [ ] größer\n'
    const at = await bench({ 'README.md': 'one\n', '.github/pull_request_template.md': template })
    const { number } = await at.forge.openPullRequest(at.request)
    const { body } = await at.get(`pulls/${number}`)
    expect(body).toMatch(/^## What\n\nCloses #1/)
    expect(body).toContain('- [ ] größer')
    expect(body.match(/devpilot:key=/g)).toHaveLength(1)
    expect(body.endsWith('<!-- devpilot:key=run-1%2Fpr -->')).toBe(true)
  })

  it('take over one that a person opened for the branch, and refuse one of another effect', async () => {
    const at = await bench()
    await at.post('pulls', { title: 'by hand', head: 'devpilot/1', base: 'main', body: 'mine' })
    const first = await at.forge.openPullRequest(at.request)
    const second = await at.forge.openPullRequest(at.request)
    expect(second).toEqual(first)
    expect(await at.get('pulls?state=all')).toHaveLength(1)

    const headSha = commit(at.mirror, { branch: 'devpilot/2', from: at.main, files: { 'x.txt': 'x\n' } })
    await at.forge.push({ mirror: at.mirror, branch: 'devpilot/2', headSha })
    const request = { ...at.request, branch: 'devpilot/2', headSha }
    await at.forge.openPullRequest({ ...request, key: 'one' })
    const other = at.forge.openPullRequest({ ...request, key: 'two' })
    await expect(other).rejects.toMatchObject({ code: 'conflict' })
  })

  it('write nothing at the second call', async () => {
    const at = await bench()
    const pull = await at.forge.openPullRequest(at.request)
    const writes = [...at.server.writes]
    await at.forge.openPullRequest(at.request)
    await at.forge.markReady(pull.number)
    expect(at.server.writes).toEqual(writes)
  })

  it('become ready over GraphQL where there is one', async () => {
    const at = await bench()
    const { number } = await at.forge.openPullRequest({ ...at.request, draft: true })
    const { node_id: id } = await at.get(`pulls/${number}`)
    const bodies: unknown[] = []
    at.server.graphql = async (body) => {
      bodies.push(JSON.parse(body))
      return { data: { markPullRequestReadyForReview: { pullRequest: { isDraft: false } } } }
    }
    await at.forge.markReady(number)
    expect(bodies).toMatchObject([
      { query: expect.stringContaining('markPullRequestReadyForReview'), variables: { id } },
    ])
    at.server.graphql = async () => ({ errors: [{ type: 'FORBIDDEN', message: 'Resource not accessible' }] })
    await expect(at.forge.markReady(number)).rejects.toMatchObject({
      code: 'forge_error',
      transient: false,
      message: expect.stringContaining('Resource not accessible'),
    })
  })

  it('put a comment on the page when its line and file are not in the diff', async () => {
    const at = await bench()
    const { number } = await at.forge.openPullRequest(at.request)
    const note = { key: 'r', file: 'README.md', line: 1, body: 'why' }
    at.server.refuse = (path) => path.includes(`/pulls/${number}/comments`)
    await at.forge.addReviewComments(number, [note])
    await at.forge.addReviewComments(number, [note])
    const said = await at.get(`issues/${number}/comments`)
    expect(said).toHaveLength(1)
    expect(said[0].body).toContain('`README.md:1`')
  })
})
