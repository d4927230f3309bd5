import { createServer } from 'node:http'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createGitHubForge } from '@/lib/forge/github/github'
import { git, makeMirror, temporary } from '../support/forge-repositories'

it('a branch that is there by a write whose answer was lost is no refusal while nobody can look', async () => {
  const folder = temporary()
  let asked = 0
  const server = createServer((request, response) => {
    const looks = request.method === 'GET' && request.url?.includes('/git/ref/') === true
    asked += looks ? 1 : 0
    const status = request.method === 'POST' ? 422 : !looks ? 200 : asked === 1 ? 404 : 502
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ message: status === 422 ? 'Reference already exists' : 'said' }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const address = server.address()
    const forge = createGitHubForge({
      owner: 'acme',
      repo: 'shop',
      auth: { token: 't' },
      baseUrl: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
      push: 'api',
      paced: false,
      retryBaseMs: 1,
    })
    const mirror = makeMirror(join(folder.path, 'mirror.git'), { a: 'one\n' })
    const headSha = git(mirror, ['rev-parse', 'main'])
    await expect(forge.push({ mirror, branch: 'change', headSha })).rejects.toMatchObject({
      code: 'forge_error',
      transient: true,
    })
  } finally {
    server.close()
    folder.clean()
  }
})
