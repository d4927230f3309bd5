import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { GET as health } from '@/app/api/health/route'
import { GET as getRun } from '@/app/api/runs/[id]/route'
import { GET as listRuns, POST as startRun } from '@/app/api/runs/route'
import { runs, sessions } from '@/drizzle/schema'
import { cookieSecret, openSession, sealSession, sessionCookieName } from '@/lib/auth/cookie'
import { problemResponse } from '@/lib/edge/problem'
import { env } from '@/lib/env'
import { AppError } from '@/lib/errors'
import { type Runtime, setRuntime } from '@/lib/runtime'
import { madeRepository } from '../support/cli'
import { describeDatabases } from '../support/database'
import { type Call, serve, signedIn } from '../support/http'

describeDatabases((open) => {
  let runtime: Runtime
  let call: Call
  let repository: string

  beforeAll(async () => {
    ;({ runtime, call } = await serve(await open()))
    repository = madeRepository({})
  })
  afterAll(async () => {
    await runtime.events.close()
    setRuntime(null)
  })

  const start = (body: unknown, headers: Record<string, string> = {}) =>
    call(startRun, { path: '/api/runs', body, headers })
  const count = async () => (await runtime.database.db.select({ id: runs.id }).from(runs)).length

  describe('who asks', () => {
    test('nobody: 401 with how to ask', async () => {
      const { status, json, headers } = await call(listRuns, { token: null })
      expect(status).toBe(401)
      expect(headers.get('content-type')).toBe('application/problem+json')
      expect(headers.get('www-authenticate')).toContain('Bearer')
      expect(json).toMatchObject({ code: 'unauthorized', status: 401, title: 'Unauthorized' })
      expect(json.mend).toContain('DEVPILOT_HOME')
    })

    test('a wrong token: 401, then 429; the right one is let in all the same', async () => {
      for (let i = 0; i < 10; i += 1)
        expect((await call(listRuns, { token: `wrong-token-number-${i}` })).status).toBe(401)
      const limited = await call(listRuns, { token: 'wrong-again' })
      expect(limited.status).toBe(429)
      expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0)
      expect((await call(listRuns)).status).toBe(200)
    })

    test.each([
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '0.0.0.0',
      '10.0.0.1',
      '',
    ])('the foreign host "%s" is refused, with the right token too, and on /api/health', async (host) => {
      expect((await call(listRuns, { headers: { host } })).status).toBe(403)
      expect((await call(health, { token: null, headers: { host } })).status).toBe(403)
    })

    test.each(['localhost:4280', '127.0.0.1', '127.8.9.1:80', '[::1]:4280'])('%s is us', async (host) => {
      expect((await call(health, { token: null, headers: { host } })).json).toEqual({ status: 'ok' })
    })

    test('a session reads; it writes only from our own pages', async () => {
      const cookie = `other=1; ${await signedIn(runtime)}`
      const write = (headers: Record<string, string>) =>
        call(startRun, { token: null, headers: { cookie, ...headers }, body: {} })
      expect((await call(listRuns, { token: null, headers: { cookie } })).status).toBe(200)
      expect((await write({})).status).toBe(403)
      expect((await write({ origin: 'http://evil.example' })).status).toBe(403)
      expect((await write({ origin: 'null' })).status).toBe(403)
      expect((await write({ origin: 'http://127.0.0.1:9999' })).status).toBe(403)
      expect((await write({ origin: 'http://127.0.0.1:4280' })).status).toBe(400)
    })

    test('a forged, a changed, an ended, an expired and another token’s session are none', async () => {
      const own = await signedIn(runtime)
      const status = async (cookie: string) =>
        (await call(listRuns, { token: null, headers: { cookie } })).status
      expect(await status(own)).toBe(200)
      const [, id] = own.split('=')
      const ended = await signedIn(runtime)
      const expired = await signedIn(runtime)
      const sealed = cookieSecret(runtime.token, {})
      const auth = runtime.database.as({ role: 'auth' })
      const rowOf = async (cookie: string) => (await openSession(cookie.split('=')[1], sealed)) ?? ''
      await auth
        .update(sessions)
        .set({ endedAt: new Date() })
        .where(eq(sessions.id, await rowOf(ended)))
      await auth
        .update(sessions)
        .set({ expiresAt: new Date(Date.now() - 1_000) })
        .where(eq(sessions.id, await rowOf(expired)))
      const name = sessionCookieName(env())
      const nobody = '01890a5d-ac96-774b-bcce-b302099a8057'
      for (const cookie of [
        ended,
        expired,
        `${name}=${id?.slice(0, -3)}AAA`,
        `${name}=${await sealSession(nobody, sealed)}`,
        `${name}=${await sealSession("x' or 1=1", sealed)}`,
        `${name}=${await sealSession(await rowOf(own), cookieSecret('another token of sixteen', {}))}`,
        `${name}=${runtime.token}`,
        `${name}=v1.9999999999.AAAA`,
      ])
        expect(await status(cookie)).toBe(401)
    })

    test('a header that tells Next to leave its proxy out lets nobody in', async () => {
      for (const header of [
        'x-middleware-subrequest',
        'x-middleware-rewrite',
        'x-middleware-next',
        'x-forwarded-user',
      ])
        expect(
          (await call(listRuns, { token: null, headers: { [header]: 'proxy:proxy:proxy' } })).status,
        ).toBe(401)
    })
  })

  describe('bad input', () => {
    test.each([
      ['broken JSON', '{\n  "task": "x",\n  oops }', 'line 3, column 3'],
      ['JSON that stops', '{"task": ', 'line 1, column 10'],
      ['an array', '[]', undefined],
      ['a number', '7', undefined],
    ])('%s is 400 with its place', async (_what, body, place) => {
      const { status, json } = await start(body)
      expect(status).toBe(400)
      expect(json.code).toBe('bad_request')
      expect(json.place).toBe(place)
    })

    test('unknown, missing and wrong fields are named, all at once', async () => {
      const { status, json } = await start({ repository: 7, task: 'x', tsak: 'y', budgetUsd: '3' })
      expect(status).toBe(400)
      expect(json.detail).toContain('repository')
      expect(json.detail).toContain('budgetUsd')
      expect(json.detail).toContain('tsak')
      expect((await start({ task: 'x' })).json.place).toBe('repository')
      expect(await count()).toBe(0)
    })

    test('another media type, bytes that are no text, and 2 MB are refused', async () => {
      const form = await start('task=x', { 'content-type': 'application/x-www-form-urlencoded' })
      expect(form.json).toMatchObject({ status: 400, place: 'Content-Type' })
      const large = await start({ repository, task: 'x', log: 'x'.repeat(2 * 1024 * 1024) })
      expect(large.json).toMatchObject({ status: 413, code: 'too_large' })
      const lying = await start(
        { repository, task: 'x', log: 'x'.repeat(2 * 1024 * 1024) },
        { 'content-length': '10' },
      )
      expect(lying.status).toBe(413)
    })

    test('queries and path parameters are checked as bodies are', async () => {
      const list = async (query: string) => (await call(listRuns, { path: `/api/runs?${query}` })).json
      expect(await list('limit=0')).toMatchObject({ status: 400, place: 'limit' })
      expect(await list('limit=201')).toMatchObject({ status: 400, place: 'limit' })
      expect(await list('limit=ten')).toMatchObject({ status: 400, place: 'limit' })
      expect(await list('cursor=%00%ff')).toMatchObject({ status: 400, place: 'cursor' })
      expect(await list('status=splendid')).toMatchObject({ status: 400, place: 'status' })
      expect(await list('colour=red')).toMatchObject({ status: 400, place: 'colour' })
      expect(await list('status=failed&status=running')).toMatchObject({ items: [] })
      expect((await call(getRun, { params: { id: "1' or 1=1" } })).json).toMatchObject({
        status: 400,
        place: 'id',
      })
      const missing = { id: '01890a5d-ac96-774b-bcce-b302099a8057' }
      expect((await call(getRun, { params: missing })).json).toMatchObject({ status: 404, code: 'not_found' })
    })

    test('where the database is, is told in the log alone', async () => {
      const url = 'postgres://me:secret@10.1.2.3:5432/x'
      const why = new AppError('unavailable', 'No database server answers at 10.1.2.3.', {
        place: 'DATABASE_URL',
        mend: `Start it, or correct ${url}.`,
      })
      const answer = problemResponse(why)
      expect(answer.status).toBe(503)
      expect(await answer.text()).not.toMatch(/10\.1\.2\.3|DATABASE_URL|secret/)
    })

    test('what breaks inside is masked, under an id', async () => {
      const broken = {
        ...runtime,
        database: runtime.database,
        context: () => {
          throw new Error('secret detail')
        },
      }
      setRuntime(broken)
      const { status, json } = await call(listRuns)
      setRuntime(runtime)
      expect(status).toBe(500)
      expect(JSON.stringify(json)).not.toContain('secret detail')
      expect(json.instance).toMatch(/^urn:uuid:[0-9a-f-]{36}$/)
    })
  })

  describe('Idempotency-Key', () => {
    const task = { task: 'once only' }

    test('the same key and request give the first answer; another request is 409', async () => {
      const before = await count()
      const headers = { 'idempotency-key': 'key-1' }
      const first = await start({ repository, ...task }, headers)
      expect(first.status).toBe(201)
      const again = await start({ ...task, repository }, headers)
      expect(again.status).toBe(201)
      expect(again.json).toEqual(first.json)
      expect(again.headers.get('idempotency-replayed')).toBe('true')
      const other = await start({ repository, task: 'another' }, headers)
      expect(other.json).toMatchObject({ status: 409, code: 'conflict', place: 'Idempotency-Key' })
      expect(await count()).toBe(before + 1)
    })

    test('ten at once make one run', async () => {
      const before = await count()
      const headers = { 'idempotency-key': 'key-2' }
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => start({ repository, ...task }, headers)),
      )
      expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1)
      expect(await count()).toBe(before + 1)
    })

    test('a request that failed may be sent again; a key that is no key is refused', async () => {
      const headers = { 'idempotency-key': 'key-3' }
      expect((await start({ repository: '/not/there', ...task }, headers)).status).toBe(422)
      expect((await start({ repository, ...task }, headers)).status).toBe(201)
      expect((await start({ repository, ...task }, { 'idempotency-key': 'with blank' })).status).toBe(400)
    })
  })
})
