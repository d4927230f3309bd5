import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { removed, temporaryFolder } from '../support/cli'
import { freePort } from '../support/port'
import { program } from '../support/program'
import { requires } from '../support/require'
import { isBuilt, startServer, type TestServer } from '../support/server'
import { giveDatabase } from '../support/template'

const isGone = (pid: number) => {
  try {
    return !process.kill(pid, 0)
  } catch {
    return true
  }
}

/** `npm start | tee log`, and tee is killed. */
describe('who reads the log ends first', () => {
  const folders: string[] = []
  let worker: ChildProcess | undefined
  let server: TestServer | undefined
  afterEach(async () => {
    await server?.stop()
    worker?.kill('SIGKILL')
    removed(...folders)
  })

  const built = requires('chromium', isBuilt(), 'the app is not built (`npm run build` first)')
  it.skipIf(!built)('a server ends when it is told to', async () => {
    server = await startServer({ seeded: false })
    const { pid } = server
    server.unheard()
    // It says that it stops.
    process.kill(pid, 'SIGTERM')
    await expect.poll(() => isGone(pid)).toBe(true)
  })

  it('a worker works on, and ends well when it is told to', async () => {
    const home = temporaryFolder()
    folders.push(home)
    await giveDatabase(home)
    worker = spawn(process.execPath, [...(await program('devpilot')), 'worker'], {
      cwd: home,
      env: {
        NODE_ENV: 'production',
        PATH: process.env.PATH,
        HOME: home,
        DEVPILOT_HOME: home,
        DEVPILOT_PORT: String(await freePort()),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const ended = once(worker, 'exit')
    const said: string[] = []
    worker.stderr?.on('data', (data: Buffer) => said.push(data.toString()))
    await expect.poll(() => said.join('')).toContain('Working:')
    worker.stdout?.destroy()
    worker.stderr?.destroy()
    worker.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
    // It came to its end: it was not cut off by the words that nobody heard.
    expect(existsSync(join(home, 'db.lock'))).toBe(false)
  })
})
