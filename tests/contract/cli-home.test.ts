import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Api } from '@/cli/api'
import { makeIo } from '@/cli/io'
import { sendSpooled } from '@/cli/spool'
import { packageRoot } from '@/lib/root'
import { homeError } from '@/lib/runtime/home'
import { devpilot, madeRepository, removed, temporaryFolder } from '../support/cli'
import { freePort } from '../support/port'
import { program } from '../support/program'
import { giveDatabase } from '../support/template'

const parent = temporaryFolder()
afterAll(() => removed(parent))

/** No JSON, no stack, no word of a fault: what a person is told. */
function readable(stderr: string): void {
  expect(stderr).not.toMatch(/^\{/m)
  expect(stderr).not.toMatch(/^\s+at /m)
  expect(stderr).not.toContain('fault of DevPilot')
}

function home(name: string, make: (path: string) => void): string {
  const path = join(parent, name)
  make(path)
  return path
}

describe('a DEVPILOT_HOME that cannot be used', () => {
  it.each([
    ['a file', home('file', (path) => writeFileSync(path, '')), 'is a file and not a folder'],
    ['below a file', join(parent, 'file', 'sub'), 'lies below a file'],
    [
      'with a folder as its token',
      home('token-folder', (path) => mkdirSync(join(path, 'token'), { recursive: true, mode: 0o700 })),
      'a folder stands below',
    ],
    [
      'with a file as its database',
      home('database-file', (path) => {
        mkdirSync(path)
        writeFileSync(join(path, 'db'), '')
      }),
      'cannot be opened',
    ],
    // A folder that is there, and in which the system says that there is none.
    ['where no folder can be made', '/proc/devpilot', 'cannot be made'],
  ])('%s', async (_what, path, said) => {
    const env = { DEVPILOT_HOME: path, DEVPILOT_PORT: String(await freePort()) }
    const { code, stderr } = await devpilot(['status'], { env })
    expect(code).toBe(1)
    expect(stderr).toMatch(/error: .*DEVPILOT_HOME/)
    expect(stderr).toContain(path)
    expect(stderr).toContain(said)
    expect(stderr).toContain('mend:')
    readable(stderr)
  })

  it('and a warning on the way is a line for people; with --json it is JSON', async () => {
    const path = join(parent, 'token-open')
    mkdirSync(join(path, 'token'), { recursive: true, mode: 0o755 })
    const env = { DEVPILOT_HOME: path, DEVPILOT_PORT: String(await freePort()), DEVPILOT_LOG: 'warn' }
    const { stderr } = await devpilot(['status'], { env })
    expect(stderr).toMatch(/^warning: the token file could be read by others.*\(path: .*token\)$/m)
    readable(stderr)
    chmodSync(join(path, 'token'), 0o755)
    expect((await devpilot(['status', '--json'], { env })).stderr).toMatch(/^\{"ts".*"level":"warn"/m)
  })

  it.each(['EACCES', 'EPERM', 'EROFS', 'EEXIST', 'ENOTDIR', 'ENOENT', 'ENOSPC', 'EDQUOT'])('%s', (code) => {
    const thrown = Object.assign(new Error(code), { code, syscall: 'mkdir', path: '/h/x' })
    expect(homeError(thrown, '/h')).toMatchObject({
      code: code === 'ENOSPC' || code === 'EDQUOT' ? 'disk_full' : 'bad_config',
      place: 'DEVPILOT_HOME',
      message: expect.stringContaining('/h'),
      mend: expect.stringContaining('DEVPILOT_HOME'),
    })
  })

  it('is said where a server answers, too: logs that are kept there would be sent now', async () => {
    const api = null as unknown as Api
    await expect(sendSpooled(api, join(parent, 'file'), makeIo({ json: false }))).rejects.toMatchObject({
      code: 'bad_config',
      place: 'DEVPILOT_HOME',
    })
  })

  it('and nothing else is taken for it', () => {
    const refused = Object.assign(new Error('x'), { code: 'ECONNREFUSED', syscall: 'connect' })
    expect(homeError(refused, '/h')).toBe(refused)
    expect(homeError('x', '/h')).toBe('x')
  })

  it('is said by doctor among its checks, without an end of them', async () => {
    const cwd = madeRepository({ 'a.txt': 'a\n' })
    const env = { DEVPILOT_HOME: join(parent, 'file'), DEVPILOT_PORT: String(await freePort()) }
    const { code, stdout, stderr } = await devpilot(['doctor'], { cwd, env })
    removed(cwd)
    expect(code).toBe(1)
    expect(stdout).toMatch(/✗ +database/)
    expect(stdout).toMatch(/✗ +disk/)
    readable(stderr)
  })
})

/** As `npm start` does before Next. */
async function beforeStart(env: Record<string, string>): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, await program('before-start'), {
    cwd: packageRoot(),
    env: { NODE_ENV: 'production', PATH: process.env.PATH, HOME: tmpdir(), ...env },
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const [code] = await once(child, 'close')
  return { code, stderr }
}

describe('before a server is started', () => {
  const free = join(parent, 'free')

  it.each(['70000', 'abc', '0', '1.5'])('the port %s is refused by name', async (port) => {
    const { code, stderr } = await beforeStart({ DEVPILOT_HOME: free, DEVPILOT_PORT: port })
    expect(code).toBe(1)
    expect(stderr).toContain('DEVPILOT_PORT: a port is a whole number from 1 to 65535')
    readable(stderr)
  })

  it('a port that is taken is named, with one that is free', async () => {
    const other = createServer((socket) => socket.end('hello\n')).listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const { code, stderr } = await beforeStart({ DEVPILOT_HOME: free, DEVPILOT_PORT: String(port) })
    other.close()
    expect(code).toBe(1)
    expect(stderr).toContain(`The port ${port} of 127.0.0.1 is taken by another program.`)
    expect(stderr).toMatch(/mend: +Set another one: DEVPILOT_PORT=\d+ npm start/)
    readable(stderr)
  })

  it('a home that cannot be used is named', async () => {
    const { code, stderr } = await beforeStart({
      DEVPILOT_HOME: join(parent, 'file'),
      DEVPILOT_PORT: String(await freePort()),
    })
    expect(code).toBe(1)
    expect(stderr).toContain('DEVPILOT_HOME')
    readable(stderr)
  })

  it('a home that another process works on is refused once; so is a second worker, with another mend', async () => {
    const shared = join(parent, 'shared')
    mkdirSync(shared)
    await giveDatabase(shared)
    const env = { DEVPILOT_HOME: shared, DEVPILOT_PORT: String(await freePort()) }
    const stop = Promise.withResolvers<void>()
    const first = devpilot(['worker'], { env, interrupt: { when: stop.promise, signal: 'SIGTERM' } })
    await expect.poll(() => existsSync(join(shared, 'db.lock'))).toBe(true)
    const server = await beforeStart(env)
    const second = await devpilot(['worker'], { env })
    stop.resolve()
    expect((await first).code).toBe(0)
    expect([server.code, second.code]).toEqual([1, 1])
    expect(server.stderr.match(/already has the embedded database/g)).toHaveLength(1)
    expect(second.stderr).toContain('It works on the runs there already.')
    expect(second.stderr).toContain('set DATABASE_URL for both')
    readable(server.stderr)
    readable(second.stderr)
  })

  it('nothing stands in the way: nothing is said', async () => {
    const { code, stderr } = await beforeStart({
      DEVPILOT_HOME: free,
      DEVPILOT_PORT: String(await freePort()),
    })
    expect([code, stderr]).toEqual([0, ''])
  })
})
