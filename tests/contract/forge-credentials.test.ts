import { generateKeyPairSync } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { defaultLimits } from '@/lib/core/limits'
import type { RunRecord } from '@/lib/core/record'
import { initialState } from '@/lib/core/run'
import { startGitHub } from '../support/forge-emulator'

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

const run = (source: string, forge: 'local' | 'github' | 'gitlab' = 'github'): RunRecord => ({
  id: 'r',
  repository: { id: 'p', name: 'acme/shop', forge, source, defaultBranch: 'main' },
  flow: 'issue',
  trigger: 'manual',
  title: 'T',
  task: { title: 'T', body: '' },
  overrides: {},
  requestedBy: { kind: 'user', id: 'u', name: 'u' },
  state: initialState(defaultLimits),
  budgetMicros: 1,
  branch: null,
  baseSha: null,
  headSha: null,
})

/** The functions as a process with this environment has them: it is read once. */
async function withEnv(values: Readonly<Record<string, string>>) {
  const names = ['GITHUB_TOKEN', 'GITHUB_API_URL', 'GITHUB_APP_ID', 'GITHUB_APP_PRIVATE_KEY']
  for (const name of [...names, 'GITHUB_APP_INSTALLATION_ID']) vi.stubEnv(name, values[name] ?? '')
  vi.resetModules()
  return await import('@/lib/runtime/forge')
}

const enterprise = 'https://git.example.com/api/v3'

describe('the credentials for GitHub', () => {
  it.each([
    'https://evil.example/acme/shop.git',
    'https://github.com.evil.example/acme/shop.git',
    'https://github.com:8443/acme/shop.git',
    'https://evil.example/github.com/shop.git',
    'http://github.com/acme/shop.git',
    'ssh://git@github.com/acme/shop.git',
    'git@github.com:acme/shop.git',
    'git@evil.example:acme/shop.git',
    'git://github.com/acme/shop.git',
    'https://git.example.com/acme/shop.git',
  ])('are not sent to %s', async (source) => {
    const { gitHeaderOf } = await withEnv({ GITHUB_TOKEN: 't' })
    expect(await gitHeaderOf(run(source))).toBeUndefined()
  })

  it('are sent to github.com alone, or to the server of GITHUB_API_URL alone', async () => {
    const { gitHeaderOf } = await withEnv({ GITHUB_TOKEN: 't' })
    const header = `Authorization: Basic ${Buffer.from('x-access-token:t').toString('base64')}`
    expect(await gitHeaderOf(run('https://github.com/acme/shop.git'))).toEqual({
      url: 'https://github.com/',
      header,
    })
    expect(await gitHeaderOf(run('https://github.com/acme/shop.git', 'local'))).toBeUndefined()
    const own = await withEnv({ GITHUB_TOKEN: 't', GITHUB_API_URL: enterprise })
    expect(await own.gitHeaderOf(run('https://git.example.com/acme/shop.git'))).toMatchObject({
      url: 'https://git.example.com/',
    })
    expect(await own.gitHeaderOf(run('https://github.com/acme/shop.git'))).toBeUndefined()
  })

  it('are none where none are set', async () => {
    const { gitHeaderOf } = await withEnv({})
    expect(await gitHeaderOf(run('https://github.com/acme/shop.git'))).toBeUndefined()
  })

  it('of a GitHub App are a token of its installation, so that private repositories can be cloned', async () => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    })
    const server = await startGitHub({ appId: 7, installationId: 70, privateKey })
    cleanups.push(() => server.close())
    const app = {
      GITHUB_APP_ID: '7',
      GITHUB_APP_PRIVATE_KEY: privateKey,
      GITHUB_APP_INSTALLATION_ID: '70',
      GITHUB_API_URL: server.url,
    }
    const { gitHeaderOf } = await withEnv(app)
    const found = await gitHeaderOf(run(`https://${new URL(server.url).host}/acme/shop.git`))
    const said = Buffer.from(found?.header.split(' ').at(-1) ?? '', 'base64').toString('utf8')
    expect(said).toMatch(/^x-access-token:ghs_\w+/)
  })

  it('do not make another host’s repository be looked for on GitHub', async () => {
    const { forgeOf } = await withEnv({ GITHUB_TOKEN: 't' })
    const db = Object.create(null)
    const refused = forgeOf(db, run('https://evil.example/acme/shop.git'))
    await expect(refused).rejects.toMatchObject({ code: 'bad_config' })
  })
})
