import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openRuntime, owner, type Runtime, setRuntime } from '@/lib/runtime'
import { startCheck } from '@/lib/runtime/start-check'
import { listRuns } from '@/lib/services/runs/list'
import { startRun } from '@/lib/services/runs/start'
import { devpilot, madeRepository, removed, temporaryFolder } from '../support/cli'
import { freePort } from '../support/port'
import { routeServer } from '../support/route-server'
import { giveDatabase } from '../support/template'

/** What would fail at once is refused before it is on record: by the command, and by POST /api/runs. */
const home = temporaryFolder()
const plain = madeRepository({ 'a.txt': 'a\n' })
const wrong = madeRepository({ 'devpilot.yaml': 'project: {}\nagents:\n  codr: {}\n' })
const trusting = madeRepository({ 'devpilot.yaml': 'sandbox:\n  adapter: none\n' })
let runtime: Runtime
let server: { url: string; stop: () => Promise<void> }
let env: Record<string, string> = {}

beforeAll(async () => {
  await giveDatabase(home)
  env = { DEVPILOT_HOME: home, DEVPILOT_PORT: String(await freePort()) }
})
afterAll(() => removed(home, plain, wrong, trusting))

describe('devpilot run', () => {
  it.each([
    ['without a key', [], plain, 'There is no key for any model', 'A running server reads keys at its start'],
    [
      'with a provider without a key',
      ['--provider', 'openai'],
      plain,
      'OPENAI_API_KEY is not set',
      'Set OPENAI_API_KEY',
    ],
    ['with an unknown flow', ['--flow', 'isue'], plain, 'no flow "isue". Did you mean "issue"?', 'Flows are'],
    [
      'into a branch that is not there',
      ['--target', 'mian'],
      plain,
      '"mian". Did you mean "main"?',
      'git branch -a',
    ],
    ['of an issue that is not there', ['--issue', '7'], plain, 'There is no issue 7', 'the task in words'],
    ['under a configuration that is not valid', [], wrong, 'devpilot.yaml:3:3', 'Correct these lines'],
    ['under one that asks for too much', [], trusting, 'sandbox.adapter: none', 'DEVPILOT_TRUST=none'],
  ])('%s is refused', async (_what, more, cwd, message, mend) => {
    const task = more.includes('--issue') ? [] : ['--task', 'Mend it']
    const { code, stdout, stderr } = await devpilot(['run', ...task, ...more], { cwd, env })
    expect(code, stderr).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toContain(message)
    expect(stderr).toContain(mend)
    expect(stderr).not.toContain('runs retry')
  })

  it('and of all of these no run is on record', async () => {
    expect(JSON.parse((await devpilot(['runs', '--json'], { env })).stdout).items).toEqual([])
  })

  it('--detach leaves keys to whoever works on it, and nothing else', async () => {
    const refused = await devpilot(['run', '--task', 'x', '--flow', 'isue', '--detach'], { cwd: plain, env })
    expect(refused.code).toBe(1)
    const taken = await devpilot(['run', '--task', 'x', '--detach'], { cwd: plain, env })
    expect(taken.code, taken.stderr).toBe(0)
  })
})

describe('POST /api/runs', () => {
  beforeAll(async () => {
    runtime = await openRuntime({ home })
    setRuntime(runtime)
    server = await routeServer()
  })
  afterAll(async () => {
    await server.stop()
    await runtime.close()
    setRuntime(null)
  })

  it.each([
    [{ repository: wrong }, 'bad_config', 'devpilot.yaml:3:3'],
    [{ repository: plain, flow: 'isue' }, 'bad_config', 'no flow'],
    [{ repository: plain, overrides: { target: 'mian' } }, 'not_found', '"mian"'],
  ])('%j is a problem', async (body, code, detail) => {
    const task = randomUUID()
    const answer = await fetch(`${server.url}/api/runs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${runtime.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, task }),
    })
    expect(answer.ok).toBe(false)
    expect(await answer.json()).toMatchObject({ code, detail: expect.stringContaining(detail) })
    const ctx = runtime.context(owner('test'))
    expect((await listRuns({ ctx, input: { q: task } })).items).toEqual([])
  })

  it('a process that works alone wants the keys, any other leaves them', async () => {
    const ctx = runtime.context(owner('test'))
    const input = { repository: plain, task: 'x' }
    await expect(startRun({ ctx, input, check: startCheck(true) })).rejects.toMatchObject({
      code: 'bad_config',
    })
    expect((await startRun({ ctx, input, check: startCheck(false) })).status).toBe('queued')
    const scaffold = { repository: plain, flow: 'scaffold' }
    expect((await startRun({ ctx, input: scaffold, check: startCheck(true) })).status).toBe('queued')
  })
})
