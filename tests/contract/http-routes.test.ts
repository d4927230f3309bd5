import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { GET as openapi } from '@/app/api/openapi.json/route'
import { routes } from '@/app/api/openapi.json/routes'
import { turns } from '@/drizzle/schema'
import { newId } from '@/lib/db/ids'
import { httpMethods, type RouteModule } from '@/lib/edge/openapi'
import type { RouteHandler } from '@/lib/edge/route'
import { packageRoot } from '@/lib/root'
import { type Runtime, setRuntime } from '@/lib/runtime'
import { accessLevels, type ServiceContext } from '@/lib/services/context'
import { describeDatabases } from '../support/database'
import { deadRun } from '../support/dead-run'
import { type Call, type Sent, serve } from '../support/http'
import { contextOf, runAtGate, someRun } from '../support/services'

const folder = join(packageRoot(), 'app', 'api')

/** `/api/runs/[id]` of every app/api/**\/route.ts. */
function paths(): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return files
    .filter((file) => /(^|\/)route\.tsx?$/.test(file))
    .map((file) => `/api/${file.replace(/\/route\.tsx?$/, '')}`)
}

describe('every route', () => {
  test('is in the list that /api/openapi.json is made from', () => {
    expect(paths().sort()).toEqual([...Object.keys(routes), '/api/openapi.json'].sort())
  })

  test.each(paths())('%s is made by the wrapper and states its access', async (path) => {
    const module: Record<string, unknown> = await import(join(packageRoot(), 'app', path, 'route.ts'))
    const handlers = Object.entries(module).filter(([name]) => httpMethods.some((method) => method === name))
    expect(handlers.length).toBeGreaterThan(0)
    for (const [, handler] of handlers) {
      expect(handler).toHaveProperty('info')
      const { info } = handler as RouteHandler
      expect(accessLevels).toContain(info.access)
      expect(info.summary).not.toBe('')
    }
    // What Next reads beside the handlers.
    const settings = ['maxDuration', 'dynamic']
    const others = Object.keys(module).filter((name) => !httpMethods.some((method) => method === name))
    expect(others.filter((name) => !settings.includes(name))).toEqual([])
  })

  test('only these are open to everybody', () => {
    const open = Object.entries(routes).flatMap(([path, module]) =>
      httpMethods.some((method) => module[method]?.info.access === 'public') ? [path] : [],
    )
    // Signing in is done by who is nobody yet.
    expect(open).toEqual(['/api/auth/[...nextauth]', '/api/health'])
  })
})

describeDatabases((open) => {
  let runtime: Runtime
  let call: Call
  let ctx: ServiceContext

  beforeAll(async () => {
    const opened = await open()
    ;({ runtime, call } = await serve(opened))
    ctx = contextOf(opened)
  })
  afterAll(async () => {
    await runtime.events.close()
    setRuntime(null)
  })

  /** Calls a route and holds its answer against the schema that it publishes. */
  const ask = async (path: string, method: keyof RouteModule, sent: Sent = {}) => {
    const handler = routes[path]?.[method]
    const answer = await call(handler, { ...sent, method, path: sent.path ?? path })
    const output = handler?.info.output
    if (answer.status < 300 && typeof output === 'object') (output as z.ZodType).parse(answer.json)
    return answer
  }

  test('without the token nothing but health answers', async () => {
    for (const [path, module] of Object.entries(routes)) {
      for (const method of httpMethods) {
        const handler = module[method]
        if (!handler || handler.info.access === 'public') continue
        const { status } = await call(handler, {
          method,
          token: null,
          ...(method === 'GET' ? {} : { body: {} }),
        })
        // Without a secret of their own the cron and the webhooks are closed to everybody.
        const closed = ['cron', 'signed'].includes(handler.info.access) ? 503 : 401
        expect(`${method} ${path} ${status}`).toBe(`${method} ${path} ${closed}`)
      }
    }
  })

  test('the description is OpenAPI 3.1 with every operation, its parameters and its body', async () => {
    const { json } = await call(openapi, { token: null })
    expect(json.openapi).toBe('3.1.0')
    const described = json.paths as Record<string, Record<string, Record<string, unknown>>>
    const count = Object.values(routes).flatMap((module) =>
      httpMethods.filter((method) => module[method]),
    ).length
    expect(Object.values(described).flatMap((path) => Object.keys(path))).toHaveLength(count + 1)
    expect(described['/api/runs/{id}/retry']?.post).toMatchObject({
      'x-access': 'trigger',
      parameters: [
        { name: 'id', in: 'path', required: true },
        { name: 'Idempotency-Key', in: 'header' },
      ],
      requestBody: {
        content: { 'application/json': { schema: { properties: { from: { type: 'string' } } } } },
      },
    })
    expect(JSON.stringify(described['/api/cline'])).toContain('startedAt')
  })

  test('a run is started, listed, shown, cancelled and retried', async () => {
    const id = await someRun(ctx)
    const { json: shown } = await ask('/api/runs/[id]', 'GET', { params: { id } })
    const repository = (shown.repository as { id: string }).id
    const started = await ask('/api/pipeline/start', 'POST', {
      body: { repository, task: 'x', flow: 'issue' },
    })
    expect(started.status).toBe(201)
    const scaffold = await ask('/api/scaffold', 'POST', { body: { repository } })
    expect(scaffold.json).toMatchObject({ flow: 'scaffold', title: 'Scaffold' })
    const list = await ask('/api/runs', 'GET', { path: `/api/runs?repository=${repository}&limit=2` })
    expect(list.json.items).toHaveLength(2)
    expect(list.json.next).toBeTypeOf('string')
    const params = { id: String(started.json.id) }
    const cancelled = await ask('/api/runs/[id]/cancel', 'POST', { params, body: { reason: 'test' } })
    expect(cancelled.json).toMatchObject({ status: 'cancelled' })
    const retried = await ask('/api/runs/[id]/retry', 'POST', { params })
    expect(retried.json).toMatchObject({ status: 'running', step: 'prepare' })
    expect((await ask('/api/runs/[id]/resume', 'POST', { params, body: { budgetUsd: 5 } })).status).toBe(409)
    expect((await ask('/api/runs/[id]/skip', 'POST', { params })).json.code).toBe('illegal_transition')
    const known = await ask('/api/repositories', 'GET')
    expect(known.json.items).toMatchObject([{ id: repository }])
  })

  test('a gate’s diff is kept by a browser, and shown again only to who may read it', async () => {
    const { gate } = await runAtGate(ctx)
    const read = (sent: Sent = {}) => ask('/api/gates/[id]/diff', 'GET', { params: { id: gate }, ...sent })
    const first = await read()
    expect(await first.response.text()).toBe('diff --git a/x b/x\n')
    expect(first.headers.get('cache-control')).toBe('private, no-cache')
    const tag = first.headers.get('etag') ?? ''
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`]) {
      const again = await read({ headers: { 'if-none-match': known } })
      expect([again.status, again.headers.get('etag'), await again.response.text()]).toEqual([304, tag, ''])
    }
    expect((await read({ headers: { 'if-none-match': '"other"' } })).status).toBe(200)
    expect((await read({ headers: { 'if-none-match': tag }, token: null })).status).toBe(401)
  })

  test('a gate is listed, shown and decided; a stale decision is 409', async () => {
    const { run, gate, bead, evidence } = await runAtGate(ctx)
    expect((await ask('/api/gates', 'GET')).json.items).toContainEqual(
      expect.objectContaining({ id: gate, evidence }),
    )
    expect((await ask('/api/gates/[id]', 'GET', { params: { id: gate } })).json).toMatchObject({ runId: run })
    const decide = (body: unknown) => ask('/api/gates/[id]/decision', 'POST', { params: { id: gate }, body })
    const say = (body: unknown) => ask('/api/gates/[id]/comments', 'POST', { params: { id: gate }, body })
    expect((await say({ body: '' })).json).toMatchObject({ status: 400, place: 'body' })
    const said = await say({ body: 'Why now?' })
    expect([said.status, said.json.body, said.json.place]).toEqual([201, 'Why now?', null])
    const nowhere = await say({ body: 'Why?', place: { path: 'nope.ts', side: 'new', line: 1 } })
    expect(nowhere.json).toMatchObject({ status: 400, place: 'place.path' })
    const stale = await decide({ decision: 'approve', evidence: 'f'.repeat(64) })
    expect(stale.json).toMatchObject({ status: 409, code: 'stale_evidence' })
    expect((await decide({ decision: 'approve', evidence })).json).toMatchObject({ status: 'approved' })
    expect((await decide({ decision: 'approve', evidence })).json).toMatchObject({
      status: 409,
      code: 'conflict',
    })
    const found = await ask('/api/beads', 'GET', {
      path: `/api/beads?run=${run}&status=completed&category=gate`,
    })
    expect(found.json.items).toMatchObject([{ id: bead }])
    const now = new Date()
    await ctx.db.insert(turns).values({
      id: newId(),
      runId: run,
      beadId: bead,
      seq: 1,
      prompt: 'coder',
      promptVersion: '1',
      promptHash: 'x',
      model: 'm',
      request: 'do',
      content: null,
      toolCalls: [],
      toolResults: null,
      finish: 'stop',
      usage: { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, estimated: false },
      startedAt: now,
      endedAt: now,
    })
    const path = '/api/runs/[id]/beads/[bead]/turns'
    expect((await ask(path, 'GET', { params: { id: run, bead } })).json.items).toHaveLength(1)
    expect((await ask(path, 'GET', { params: { id: newId(), bead } })).status).toBe(404)
  })

  test('a log is taken in; counts, audit, verification and readiness answer', async () => {
    const body = {
      id: 'cli-1',
      repository: 'somewhere',
      task: 'x',
      status: 'completed',
      startedAt: '2026-11-20T10:00:00Z',
      endedAt: '2026-11-20T10:00:01Z',
    }
    const first = await ask('/api/cline', 'POST', { body })
    expect(first.status).toBe(200)
    expect((await ask('/api/cline', 'POST', { body })).json.id).toBe(first.json.id)
    const data = await ask('/api/data', 'GET')
    expect(data.json).toMatchObject({ stats: { byStatus: { succeeded: 1 } } })
    const audit = await ask('/api/audit', 'GET', { path: `/api/audit?run=${first.json.id}` })
    expect(audit.json.items).toMatchObject([{ action: 'log.updated' }, { action: 'log.received' }])
    expect((await ask('/api/audit/verify', 'GET')).json).toMatchObject({ ok: true })
    const lines = await (await ask('/api/audit/export', 'GET')).response.text()
    expect(
      lines
        .trim()
        .split('\n')
        .every((line) => typeof JSON.parse(line).ts === 'string'),
    ).toBe(true)
    expect((await ask('/api/ready', 'GET')).json).toMatchObject({ status: 'ready', engine: 'none' })
  })

  test('a run is forked and replayed; those that were given up are listed and put back', async () => {
    const id = await deadRun(ctx)
    const params = { id }
    const fork = (body: unknown) => ask('/api/runs/[id]/fork', 'POST', { params, body })
    const forked = await fork({ at: 'planner', model: 'other', budgetUsd: 1 })
    expect([forked.status, forked.json.forkOf, forked.json.budgetMicros]).toEqual([201, id, 1_000_000])
    expect((await fork({ at: 'planner', turn: 3 })).json).toMatchObject({ status: 400, place: 'turn' })
    expect((await fork({ prompts: { coder: 'Be brief.' } })).json).toMatchObject({ code: 'bad_config' })
    expect((await fork({ prompt: 'x' })).json).toMatchObject({ code: 'bad_request', place: 'prompt' })
    const shown = await ask('/api/runs/[id]', 'GET', { params })
    expect(shown.json).toMatchObject({ dead: { step: 'planner' }, forks: [{ run: forked.json.id }] })
    const replayed = await ask('/api/runs/[id]/replay', 'POST', { params })
    expect(replayed.json).toMatchObject({ run: id, same: true, tools: null })
    const dead = () => ask('/api/runs', 'GET', { path: '/api/runs?dead=true' })
    expect((await dead()).json.items).toMatchObject([{ id }])
    const back = await ask('/api/runs/requeue', 'POST', { body: { runs: [id], reason: 'again' } })
    expect(back.json).toMatchObject({ results: [{ run: id, ok: true, step: 'planner' }], left: 0 })
    expect((await dead()).json.items).toEqual([])
    expect((await ask('/api/runs', 'GET', { path: '/api/runs?dead=perhaps' })).json.place).toBe('dead')
  })
})
