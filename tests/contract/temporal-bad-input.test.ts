import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AppError } from '@/lib/core/app-error'
import { assertReachable, lazyConnection, temporalSettings } from '@/lib/engine/temporal/connection'
import { parseEnv } from '@/lib/env'
import { type Authority, makeAuthority, read } from '../support/certificates'
import { devpilot, removed, temporaryFolder } from '../support/cli'
import { freePort } from '../support/port'
import { haveTemporal, startTemporal, type TemporalServer } from '../support/temporal'
import { type Front, tlsFront } from '../support/tls-front'

type Variables = Readonly<Record<string, string>>

/** What stands in the way of working with these variables; null when nothing does. */
async function problem(variables: Variables): Promise<AppError | null> {
  try {
    const settings = temporalSettings(parseEnv({ DEVPILOT_ENGINE: 'temporal', ...variables }))
    const connection = lazyConnection(settings)
    await assertReachable(settings, connection).finally(() => connection.close())
    return null
  } catch (error) {
    return error as AppError
  }
}

describe('variables', () => {
  const folder = temporaryFolder()
  const empty = join(folder, 'empty.pem')
  writeFileSync(empty, 'nothing')
  afterAll(() => removed(folder))
  const place = (found: AppError | null) => [found?.code, found?.place, found?.mend !== undefined]
  const at = { TEMPORAL_ADDRESS: '127.0.0.1:1' }

  test.each<[string, Variables, string]>([
    ['no address', {}, 'TEMPORAL_ADDRESS'],
    ['a URL for an address', { TEMPORAL_ADDRESS: 'https://temporal.example:7233' }, 'TEMPORAL_ADDRESS'],
    ['a certificate without its key', { ...at, TEMPORAL_TLS_CERT: empty }, 'TEMPORAL_TLS_CERT'],
    ['a key file that is not there', { ...at, TEMPORAL_TLS_KEY: '/nowhere/key.pem' }, 'TEMPORAL_TLS_KEY'],
    ['a file that holds no PEM', { ...at, TEMPORAL_TLS_CA: empty }, 'TEMPORAL_TLS_CA'],
  ])('%s', async (_what, variables, name) => {
    expect(place(await problem(variables))).toEqual(['bad_config', name, true])
  })

  test('an engine that is not there is refused with the names of those that are', () => {
    expect(() => parseEnv({ DEVPILOT_ENGINE: 'magic' })).toThrow(/DEVPILOT_ENGINE.*embedded.*temporal/s)
  })
})

describe('addresses', () => {
  test('where nobody listens', async () => {
    const found = await problem({ TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}` })
    expect(found).toMatchObject({ code: 'unavailable', place: 'TEMPORAL_ADDRESS' })
    expect(found?.message).toMatch(/TEMPORAL_ADDRESS=127\.0\.0\.1:\d+ does not answer \(ECONNREFUSED\)/)
  })

  test('where somebody listens who never says a word', async () => {
    const server = createServer(() => {})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const where = server.address()
    const port = typeof where === 'object' && where ? where.port : 0
    const found = await problem({ TEMPORAL_ADDRESS: `127.0.0.1:${port}` })
    expect(found).toMatchObject({ code: 'unavailable', place: 'TEMPORAL_ADDRESS' })
    server.close()
  })

  test('where something else listens', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const where = server.address()
    const port = typeof where === 'object' && where ? where.port : 0
    const found = await problem({ TEMPORAL_ADDRESS: `127.0.0.1:${port}` })
    expect(found).toMatchObject({ code: 'bad_config', place: 'TEMPORAL_ADDRESS' })
    expect(found?.message).toContain('does not speak gRPC')
    server.close()
  })
})

describe.skipIf(!haveTemporal())('a server', () => {
  let server: TemporalServer
  let ours: Authority
  let theirs: Authority
  const fronts: Front[] = []
  beforeAll(async () => {
    ours = makeAuthority('ours')
    theirs = makeAuthority('theirs')
    server = await startTemporal()
  })
  afterAll(async () => {
    for (const front of fronts) await front.close()
    await server.stop()
    ours.remove()
    theirs.remove()
  })
  const front = async (name: string, days: number, clients?: Authority): Promise<string> => {
    const made = await tlsFront(server.address, ours.sign(name, days), clients)
    fronts.push(made)
    return `localhost:${made.port}`
  }

  test('that is well is worked with, plain and by TLS, with a certificate of ours and without', async () => {
    expect(await problem({ TEMPORAL_ADDRESS: server.address })).toBeNull()
    const address = await front('good', 1)
    expect(await problem({ TEMPORAL_ADDRESS: address, TEMPORAL_TLS_CA: ours.cert })).toBeNull()
    const strict = await front('strict', 1, ours)
    const { cert, key } = ours.sign('client', 1)
    const pair = { TEMPORAL_TLS_CERT: cert, TEMPORAL_TLS_KEY: read(key).toString() }
    expect(await problem({ TEMPORAL_ADDRESS: strict, TEMPORAL_TLS_CA: ours.cert, ...pair })).toBeNull()
  })

  test('without the namespace', async () => {
    const found = await problem({ TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: 'nowhere' })
    expect(found).toMatchObject({ code: 'bad_config', place: 'TEMPORAL_NAMESPACE' })
    expect(found?.message).toContain('nowhere')
    expect(found?.mend).toContain('temporal operator namespace create')
  })

  test('with an expired certificate', async () => {
    const found = await problem({ TEMPORAL_ADDRESS: await front('old', -1), TEMPORAL_TLS_CA: ours.cert })
    expect(found).toMatchObject({ code: 'bad_config', place: 'TEMPORAL_ADDRESS' })
    expect(found?.message).toContain('has expired')
  })

  test('with a certificate of an authority that is not known', async () => {
    const address = await front('unknown', 1)
    for (const variables of [{ TEMPORAL_TLS: 'true' }, { TEMPORAL_TLS_CA: theirs.cert }]) {
      const found = await problem({ TEMPORAL_ADDRESS: address, ...variables })
      expect(found).toMatchObject({ code: 'bad_config', place: 'TEMPORAL_TLS_CA' })
    }
  })

  test('under a name that its certificate is not for', async () => {
    const address = (await front('named', 1)).replace('localhost', '127.0.0.1')
    const found = await problem({ TEMPORAL_ADDRESS: address, TEMPORAL_TLS_CA: ours.cert })
    expect(found?.message).toContain('for another name')
  })

  test('that refuses our certificate: none, an expired one, one of another authority', async () => {
    const address = await front('asking', 1, ours)
    const common = { TEMPORAL_ADDRESS: address, TEMPORAL_TLS_CA: ours.cert }
    expect(await problem(common)).toMatchObject({ code: 'bad_config', place: 'TEMPORAL_TLS_CERT' })
    const expired = ours.sign('expired', -1)
    const old = await problem({ ...common, TEMPORAL_TLS_CERT: expired.cert, TEMPORAL_TLS_KEY: expired.key })
    expect(old?.message).toMatch(/TEMPORAL_TLS_CERT holds a certificate that expired on/)
    const foreign = theirs.sign('foreign', 1)
    const other = await problem({ ...common, TEMPORAL_TLS_CERT: foreign.cert, TEMPORAL_TLS_KEY: foreign.key })
    expect(other).toMatchObject({ code: 'bad_config', place: 'TEMPORAL_TLS_CERT' })
    const mixed = await problem({
      ...common,
      TEMPORAL_TLS_CERT: ours.sign('a', 1).cert,
      TEMPORAL_TLS_KEY: foreign.key,
    })
    expect(mixed).toMatchObject({ code: 'bad_config', place: 'TEMPORAL_TLS_KEY' })
  })

  test('that speaks TLS where we do not, and the other way round', async () => {
    const plain = await problem({ TEMPORAL_ADDRESS: await front('plain', 1) })
    expect(plain?.mend).toContain('set TEMPORAL_TLS=true')
    const secure = await problem({ TEMPORAL_ADDRESS: server.address, TEMPORAL_TLS: 'true' })
    expect(secure?.mend).toContain('unset TEMPORAL_TLS')
  })

  test('that does not answer: `devpilot worker` says so within seconds, with the variable and the mend', async () => {
    const home = temporaryFolder()
    const address = `127.0.0.1:${await freePort()}`
    const variables = { DEVPILOT_HOME: home, DEVPILOT_ENGINE: 'temporal', TEMPORAL_ADDRESS: address }
    const { code, stderr } = await devpilot(['worker'], { env: variables })
    expect(code).toBe(1)
    expect(stderr).toContain(`TEMPORAL_ADDRESS=${address} does not answer`)
    expect(stderr).toContain('7233')
    removed(home)
  })
})
