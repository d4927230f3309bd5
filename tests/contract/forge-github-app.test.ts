import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createGitHubForge } from '@/lib/forge/github/github'
import { startGitHub } from '../support/forge-emulator'
import { commit, git, makeMirror, temporary } from '../support/forge-repositories'

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  // The form in which GitHub hands an App's key out.
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})

async function bench() {
  const folder = temporary()
  cleanups.push(folder.clean)
  const server = await startGitHub({ appId: 7, installationId: 70, privateKey })
  cleanups.push(() => server.close())
  const mirror = makeMirror(join(folder.path, 'mirror.git'), { 'a.txt': 'a\n' })
  return { server, mirror, main: git(mirror, ['rev-parse', 'main']) }
}

describe('signed in as a GitHub App', () => {
  it.each([
    { name: 'as it is', key: privateKey },
    { name: 'on one line, as environment files hold it', key: privateKey.replaceAll('\n', '\\n') },
  ])('opens a pull request with a key given $name', async ({ key }) => {
    const { server, mirror, main } = await bench()
    const auth = { appId: '7', privateKey: key, installationId: '70' }
    const options = {
      owner: 'acme',
      repo: 'shop',
      auth,
      baseUrl: server.url,
      push: 'api',
      paced: false,
    } as const
    const forge = createGitHubForge(options)
    await forge.push({ mirror, branch: 'main', headSha: main })
    const headSha = commit(mirror, { branch: 'b', from: main, files: { 'b.txt': 'b\n' } })
    await forge.push({ mirror, branch: 'b', headSha })
    const base = { key: 'k', branch: 'b', target: 'main', headSha, title: 'T', body: 'B', labels: [] }
    const { number } = await forge.openPullRequest({ ...base, draft: true })
    expect(await forge.getPullRequest(number)).toMatchObject({ state: 'draft', headSha })
  })

  it('says that a key or installation is wrong', async () => {
    const { server } = await bench()
    const options = { owner: 'acme', repo: 'shop', baseUrl: server.url, retryBaseMs: 1 }
    const wrong = [
      { appId: '7', privateKey, installationId: '71' },
      { appId: '7', privateKey: 'no key', installationId: '70' },
    ]
    for (const auth of wrong) {
      const forge = createGitHubForge({ ...options, auth })
      await expect(forge.getIssue(1)).rejects.toMatchObject({ code: 'forge_error', mend: expect.any(String) })
    }
  })
})
