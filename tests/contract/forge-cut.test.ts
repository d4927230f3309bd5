import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createGitHubForge } from '@/lib/forge/github/github'
import { withMarker } from '@/lib/forge/marker'

const headSha = 'a'.repeat(40)
const pull = {
  number: 7,
  node_id: 'PR_7',
  html_url: 'https://github.com/acme/shop/pull/7',
  state: 'open',
  draft: true,
  merged_at: null,
  merge_commit_sha: null,
  body: 'text',
  head: { ref: 'change', sha: headSha, repo: { full_name: 'acme/shop' } },
  base: { ref: 'main' },
}

describe('an answer of GitHub that breaks off in its middle', () => {
  let server: Server
  let baseUrl: string
  /** The end of the path whose next answer is cut. */
  let cut: string | null
  let written: string[]
  beforeAll(async () => {
    server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://x').pathname
      if (request.method !== 'GET') written.push(path)
      const comments = [{ body: withMarker('said', 'one') }]
      const body = JSON.stringify(
        path.endsWith('/pulls/7/comments') ? comments : path.endsWith('/comments') ? [] : pull,
      )
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
      if (cut === null || !path.endsWith(cut)) return void response.end(body)
      cut = null
      response.write(body.slice(0, 10), () => request.socket.destroy())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    baseUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  })
  beforeEach(() => {
    cut = null
    written = []
  })
  afterAll(() => new Promise((resolve) => server.close(resolve)))
  const forge = () =>
    createGitHubForge({
      owner: 'acme',
      repo: 'shop',
      auth: { token: 't' },
      baseUrl,
      paced: false,
      retryBaseMs: 1,
    })

  it('is asked for again: it does not say that the pull request is not there', async () => {
    cut = '/pulls/7'
    expect(await forge().getPullRequest(7)).toMatchObject({ number: 7, headSha })
    expect(cut).toBeNull()
  })

  it('does not say that there are no comments yet: none is made twice', async () => {
    cut = '/pulls/7/comments'
    await forge().addReviewComments(7, [{ key: 'one', file: 'a.ts', line: 1, body: 'said' }])
    expect(cut).toBeNull()
    expect(written).toEqual([])
  })
})
