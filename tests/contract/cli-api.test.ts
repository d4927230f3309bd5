import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Api } from '@/cli/api'
import { httpApi } from '@/cli/http-api'
import { makeIo } from '@/cli/io'
import { localApi } from '@/cli/local-api'
import { postOrSpool, sendSpooled } from '@/cli/spool'
import { openRuntime, owner, type Runtime, setRuntime } from '@/lib/runtime'
import { devpilot, madeRepository, removed, temporaryFolder } from '../support/cli'
import { deadRun } from '../support/dead-run'
import { routeServer } from '../support/route-server'
import { runAtGate } from '../support/services'
import { giveDatabase } from '../support/template'

/** One interface, two ways to the same services: both keep the same promises. */
const home = temporaryFolder()
const repository = madeRepository({ 'a.txt': 'a\n' })
let runtime: Runtime
let server: { url: string; stop: () => Promise<void> }
const apis: Record<string, () => Promise<Api>> = {
  'over HTTP': async () => httpApi(server.url, runtime.token),
  'in process': () => localApi(),
}

beforeAll(async () => {
  await giveDatabase(home)
  runtime = await openRuntime({ home })
  setRuntime(runtime)
  server = await routeServer()
})
afterAll(async () => {
  await server.stop()
  await runtime.close()
  setRuntime(null)
  removed(home, repository)
})

describe.each(Object.keys(apis))('%s', (name) => {
  const open = async (): Promise<Api> => {
    const api = await apis[name]?.()
    if (!api) throw new Error(`There is no ${name}.`)
    return api
  }
  const start = async (api: Api) =>
    api.startRun({ repository, flow: 'auto', trigger: 'cli', task: 'Mend it' })
  const code = async (work: Promise<unknown>) =>
    work.then(
      () => 'none',
      (error: { code?: string }) => error.code,
    )

  it('starts, shows, lists and cancels a run', async () => {
    const api = await open()
    const run = await start(api)
    expect((await api.getRun(run.id)).task.title).toBe('Mend it')
    const listed = await api.listRuns({ limit: 50, status: ['queued', 'running'] })
    expect(listed.items.map(({ id }) => id)).toContain(run.id)
    const cancelled = await api.signalRun('cancel', run.id, { reason: 'enough' })
    expect(cancelled.status).toBe('cancelled')
    expect((await api.listRuns({ status: ['queued'] })).items.map(({ id }) => id)).not.toContain(run.id)
  })

  it('forks, replays and puts back', async () => {
    const api = await open()
    const dead = await deadRun({ ...runtime.context(owner('test')), db: runtime.database.db })
    const fork = await api.forkRun(dead, { at: 'planner', models: { coder: 'other' } })
    expect(fork).toMatchObject({ forkOf: dead, step: 'planner', status: 'queued' })
    expect(await code(api.forkRun(dead, { at: 'merge' }))).toBe('not_found')
    expect(await code(api.forkRun(dead, { prompts: { coder: 'x' } }))).toBe('bad_config')
    expect(await api.replayRun(dead, {})).toMatchObject({ same: true, run: dead })
    expect((await api.listRuns({ dead: true })).items.map(({ id }) => id)).toContain(dead)
    const back = await api.requeueRuns({ runs: [dead, fork.id] })
    expect(back.results.map(({ ok }) => ok)).toEqual([true, false])
    for (const run of [dead, fork.id]) await api.signalRun('cancel', run, {})
  })

  it('gives the same errors', async () => {
    const api = await open()
    expect(await code(api.getRun(randomUUID()))).toBe('not_found')
    expect(await code(api.startRun({ repository: '/nowhere', task: 'x' }))).toBe('repository_unusable')
    const run = await start(api)
    expect(await code(api.signalRun('retry', run.id, {}))).toBe('illegal_transition')
    await api.signalRun('cancel', run.id, {})
  })

  it('shows what a gate asks, refuses stale evidence, and decides it', async () => {
    const api = await open()
    const { gate, evidence } = await runAtGate(runtime.context(owner('test')))
    expect((await api.listGates({})).items.map(({ id }) => id)).toContain(gate)
    const view = await api.getGate(gate)
    expect(view).toMatchObject({ evidence, diff: expect.stringContaining('diff --git') })
    expect(await code(api.decideGate(gate, { decision: 'approve', evidence: '0'.repeat(64) }))).toBe(
      'stale_evidence',
    )
    const decided = await api.decideGate(gate, { decision: 'reject', evidence, reason: 'no' })
    expect(decided.status).toBe('rejected')
  })

  it('hands on events in order, and goes on after one that is known', async () => {
    const api = await open()
    const run = await start(api)
    await api.signalRun('cancel', run.id, {})
    const read = async (after: number) => {
      const stop = new AbortController()
      const seen: number[] = []
      for await (const batch of api.events(run.id, after, stop.signal)) {
        seen.push(...batch.map(({ id }) => id))
        if (batch.length === 0) stop.abort()
      }
      return seen
    }
    const all = await read(0)
    expect(all.length).toBeGreaterThanOrEqual(2)
    expect(all).toEqual([...all].sort((a, b) => a - b))
    expect(await read(all[0] ?? 0)).toEqual(all.slice(1))
  })

  it('lists, verifies and exports the audit log', async () => {
    const api = await open()
    const page = await api.listAudit({ limit: 2 })
    expect(page.items).toHaveLength(2)
    expect(page.next).not.toBeNull()
    expect((await api.verifyAudit(undefined)).ok).toBe(true)
    let text = ''
    for await (const block of api.exportAudit({})) text += block
    expect(text.trim().split('\n').length).toBeGreaterThan(2)
    expect((await api.stats()).days).toHaveLength(14)
  })

  it('takes what was kept while no server was there, once', async () => {
    const away = httpApi('http://127.0.0.1:1', 'none')
    const kept = temporaryFolder()
    const task = `kept ${randomUUID()}`
    const log = { repository: 'somewhere', task, status: 'succeeded', startedAt: new Date().toISOString() }
    const io = makeIo({ json: false })
    await postOrSpool(away, kept, log, io)
    expect(readdirSync(join(kept, 'spool'))).toHaveLength(1)
    await sendSpooled(away, kept, io)
    expect(readdirSync(join(kept, 'spool'))).toHaveLength(1)
    const api = await open()
    await sendSpooled(api, kept, io)
    await sendSpooled(api, kept, io)
    expect(readdirSync(join(kept, 'spool'))).toEqual([])
    expect((await api.listRuns({ q: task })).items).toHaveLength(1)
    removed(kept)
  })
})

describe('a server that wants a sign-in', () => {
  it.each(['wrong-token-0123456789', null])('%s', async (token) => {
    // Found by its port, and not by a name or a token that somebody gave.
    await expect(httpApi(server.url, token).stats()).rejects.toMatchObject({
      code: 'unauthorized',
      message: expect.stringMatching(/does not take the token of \S+: it is likely another folder’s/),
      mend: expect.stringContaining('DEVPILOT_PORT'),
    })
  })

  it('and is found by its port: doctor takes its database for no other folder’s', async () => {
    const fresh = temporaryFolder()
    const env = { DEVPILOT_HOME: fresh, DEVPILOT_PORT: new URL(server.url).port }
    const { code, stdout } = await devpilot(['doctor'], { cwd: repository, env })
    expect(code).toBe(1)
    expect(stdout).toMatch(/✗ +server .*does not take the token/)
    expect(stdout).toContain(`embedded, in ${fresh}`)
    expect(stdout).not.toContain('held by')
    removed(fresh)
  })

  it('and is this folder’s: its database is what the server holds', async () => {
    const env = { DEVPILOT_HOME: home, DEVPILOT_PORT: new URL(server.url).port }
    const { stdout } = await devpilot(['doctor'], { cwd: repository, env })
    expect(stdout).toContain(`held by the server at ${server.url}`)
  })
})
