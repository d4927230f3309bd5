import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { GET as allEvents } from '@/app/api/events/route'
import { GET as runEventsRoute } from '@/app/api/runs/[id]/events/route'
import { runEvents } from '@/drizzle/schema'
import type { Database } from '@/lib/db/client'
import { appendEvents } from '@/lib/db/events'
import { whileAdmitted } from '@/lib/edge/sse'
import { type Runtime, setRuntime } from '@/lib/runtime'
import type { ServiceContext } from '@/lib/services/context'
import { createKey } from '@/lib/services/keys/create'
import { revokeKey } from '@/lib/services/keys/revoke'
import { signalRun } from '@/lib/services/runs/signal'
import { asLogin, describeDatabases } from '../support/database'
import { type Call, serve } from '../support/http'
import { contextOf, someRun } from '../support/services'

interface Message {
  readonly id: number | null
  readonly event: string
  readonly data: string
}

/** Reads messages of a stream until `enough` says so or it ends; a block of text may hold several, or half of one. */
async function read(response: Response, enough: (seen: readonly Message[]) => boolean): Promise<Message[]> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  if (!reader) throw new Error('the answer has no body')
  const seen: Message[] = []
  let rest = ''
  while (!enough(seen)) {
    const { done, value } = await reader.read()
    if (done) break
    const blocks = (rest + value).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
      const id = field('id')
      const event = field('event')
      if (event !== undefined) seen.push({ id: id ? Number(id) : null, event, data: field('data') ?? '' })
    }
  }
  await reader.cancel()
  return seen
}

/** Waits for what has no event of its own. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20))
}

/** A database that counts the queries that Drizzle builds on it. */
function counting(database: Database) {
  let selects = 0
  const db = new Proxy(database.db, {
    get(target, name) {
      if (name === 'select') selects += 1
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const reset = () => {
    selects = 0
  }
  return { database: { ...database, db }, selects: () => selects, reset }
}

describeDatabases((open, driver) => {
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

  const add = (runId: string, n: number) =>
    appendEvents(ctx.db, [{ runId, beadId: null, kind: 'log', data: { n } }])
  const idsOf = (messages: readonly Message[]) => messages.flatMap(({ id }) => (id === null ? [] : [id]))
  const stored = async (run: string) => {
    const rows = await ctx.db.select().from(runEvents).where(eq(runEvents.runId, run)).orderBy(runEvents.id)
    return rows.map(({ id }) => id)
  }
  const follow = async (run: string, headers: Record<string, string> = {}) =>
    (await call(runEventsRoute, { params: { id: run }, headers })).response

  describe('bad input', () => {
    test('no key, no such run, a nonsense position', async () => {
      const run = await someRun(ctx)
      expect((await call(runEventsRoute, { params: { id: run }, token: null })).status).toBe(401)
      const missing = { id: '01890a5d-ac96-774b-bcce-b302099a8057' }
      expect((await call(runEventsRoute, { params: missing })).status).toBe(404)
      const nonsense = { path: '/api/x?after=-1', params: { id: run } }
      expect((await call(runEventsRoute, nonsense)).json).toMatchObject({ status: 400, place: 'after' })
    })
  })

  describe('a key that is revoked', () => {
    test('closes the streams that it opened, and no other', async () => {
      const admin = { ...ctx, db: runtime.database.as({ role: 'admin', user: ctx.actor.id }) }
      const { key, id } = await createKey({ ctx: admin, input: { name: 'stream', scopes: ['read'] } })
      const asked = (token: string) =>
        new Request('http://127.0.0.1:4280/api/events', {
          headers: { host: '127.0.0.1:4280', authorization: `Bearer ${token}` },
        })
      const [theirs, ours] = [new AbortController(), new AbortController()]
      whileAdmitted(theirs, asked(key), runtime, 30)
      whileAdmitted(ours, asked(runtime.token), runtime, 30)
      await new Promise((resolve) => setTimeout(resolve, 200))
      expect([theirs.signal.aborted, ours.signal.aborted]).toEqual([false, false])
      await revokeKey({ ctx: admin, input: { key: id } })
      await until(() => theirs.signal.aborted)
      expect(ours.signal.aborted).toBe(false)
      ours.abort()
    })
  })

  describe('a client that does not read', () => {
    /** Takes a stream's first piece and no more. */
    const begin = async (response: Response) => {
      const reader = response.body?.getReader()
      if (!reader) throw new Error('the answer has no body')
      await reader.read()
      return reader
    }
    const joined = () => runtime.events.streams

    test('is given up once too much lies for it, holds nobody else up, and goes on by Last-Event-ID', async () => {
      const run = await someRun(ctx)
      const before = joined()
      const isLast = (seen: readonly Message[]) => seen.at(-1)?.data.includes('"last"') === true
      const slow = await begin((await call(allEvents, { path: '/api/events' })).response)
      const quick = read(await follow(run), isLast)
      await until(() => joined() === before + 2)
      const lines = Array.from({ length: 20 }, (_, n) => {
        const data = { n, text: 'x'.repeat(50_000) }
        return { runId: run, beadId: null, kind: 'log' as const, data }
      })
      while (joined() > before + 1) {
        await appendEvents(ctx.db, lines)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      await appendEvents(ctx.db, [{ runId: run, beadId: null, kind: 'log', data: { last: true } }])
      expect(idsOf(await quick)).toEqual(await stored(run))
      // What it had been sent already, then the end: not `end`, so that it comes again.
      const decoder = new TextDecoder()
      let seen = ''
      for (;;) {
        const { done, value } = await slow.read()
        if (done) break
        seen += decoder.decode(value, { stream: true })
      }
      expect(seen).not.toContain('event: end')
      const last = [...seen.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id)).at(-1) ?? 0
      const resumed = await read(await follow(run, { 'last-event-id': String(last) }), isLast)
      expect(idsOf(resumed)).toEqual((await stored(run)).filter((id) => id > last))
    })

    test('and goes away in the middle of what it was sent, leaves nothing behind', async () => {
      const run = await someRun(ctx)
      const before = joined()
      const gone = new AbortController()
      const { response } = await call(runEventsRoute, { params: { id: run }, signal: gone.signal })
      const reader = await begin(response)
      await until(() => joined() === before + 1)
      for (let n = 0; n < 10; n += 1) await add(run, n)
      gone.abort()
      await reader.cancel()
      await until(() => joined() === before)
    })
  })

  describe('the brief view', () => {
    const brief = async (headers: Record<string, string> = {}) =>
      (await call(allEvents, { path: '/api/events?view=brief', headers })).response

    test('a view that there is none of', async () => {
      const answer = await call(allEvents, { path: '/api/events?view=long' })
      expect(answer.json).toMatchObject({ status: 400, place: 'view' })
    })

    test('says where it begins, and that something happened, without what', async () => {
      const run = await someRun(ctx)
      const reading = read(await brief(), (seen) => seen.some(({ event }) => event === 'gate'))
      const event = (kind: 'log' | 'turn' | 'gate') => ({
        runId: run,
        beadId: null,
        kind,
        data: { secret: 1 },
      })
      await appendEvents(ctx.db, [event('log'), event('turn'), event('log'), event('turn'), event('gate')])
      const seen = await reading
      expect(seen[0]).toMatchObject({ event: 'hello', data: '{"missed":false}' })
      const told = seen.slice(1).filter((message) => message.event !== 'beat')
      const ids = await stored(run)
      const said = told.filter(({ data }) => JSON.parse(data).runId === run && !/"run"/.test(data))
      expect(said.map(({ event: kind, id }) => [kind, id])).toEqual([
        ['turn', ids.at(-2)],
        ['gate', ids.at(-1)],
      ])
      expect(JSON.stringify(seen)).not.toContain('secret')
    })

    test('goes on where it was; says so when more was missed than is remembered, or its place is not ours', async () => {
      const run = await someRun(ctx)
      const first = await read(await brief(), (seen) => seen.length >= 1)
      const place = String(first[0]?.id)
      await add(run, 1)
      await appendEvents(ctx.db, [{ runId: run, beadId: null, kind: 'turn', data: {} }])
      const resumed = await read(await brief({ 'last-event-id': place }), (seen) =>
        seen.some(({ event }) => event === 'turn'),
      )
      expect(resumed[0]).toMatchObject({ event: 'hello', data: '{"missed":false}', id: Number(place) })
      for (const unknown of ['0', '999999999999']) {
        const lost = await read(await brief({ 'last-event-id': unknown }), (seen) => seen.length >= 1)
        // The first events of this database were forgotten only if there were many.
        const missed = unknown !== '0' || (await remembersNot(1))
        expect(lost[0]).toMatchObject({ event: 'hello', data: JSON.stringify({ missed }) })
      }
    })

    const remembersNot = async (id: number) =>
      runtime.events.join({ after: id - 1, onEvents: () => false, onClose: () => undefined }) === null
  })

  test('two hundred streams are one reader of the database', async () => {
    const opened = await open()
    const counted = counting(opened.database)
    const other = await serve({ ...opened, database: counted.database })
    const run = await someRun(contextOf(opened))
    const streams = await Promise.all(
      Array.from({ length: 200 }, async () => (await other.call(allEvents)).response),
    )
    const readings = streams.map((response) => read(response, (seen) => seen.length >= 5))
    // The hub's look at the start is over before it is counted.
    await new Promise((resolve) => setTimeout(resolve, 300))
    counted.reset()
    for (let n = 0; n < 5; n += 1)
      await appendEvents(opened.database.db, [{ runId: run, beadId: null, kind: 'log', data: { n } }])
    const ids = (await Promise.all(readings)).map(idsOf)
    expect(new Set(ids.map(String)).size).toBe(1)
    expect(counted.selects()).toBeLessThanOrEqual(8)
    await other.runtime.events.close()
    setRuntime(runtime)
  })

  test('stored events are replayed, live ones follow, and the stream ends after the run has', async () => {
    const run = await someRun(ctx)
    for (let n = 0; n < 450; n += 1) await add(run, n)
    const response = await follow(run)
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const reading = read(response, () => false)
    for (let n = 0; n < 30; n += 1) await add(run, n)
    await signalRun({ ctx, input: { kind: 'cancel', run } })
    const messages = await reading
    expect(messages.at(-1)).toMatchObject({ event: 'end', id: null })
    expect(idsOf(messages)).toEqual(await stored(run))
    expect(JSON.parse(messages.at(-2)?.data ?? '')).toMatchObject({ runId: run, kind: 'run' })
  })

  test('a stream that broke off goes on by Last-Event-ID, without gap or repetition', async () => {
    const run = await someRun(ctx)
    const other = await someRun(ctx)
    const writing = (async () => {
      for (let n = 0; n < 200; n += 1) {
        await add(run, n)
        await add(other, n)
      }
      await signalRun({ ctx, input: { kind: 'cancel', run } })
    })()
    const seen: number[] = []
    let last: string | undefined
    for (let piece = 1; ; piece += 1) {
      const response = await follow(run, last === undefined ? {} : { 'last-event-id': last })
      const messages = await read(response, (got) => got.length >= 20 * piece)
      seen.push(...idsOf(messages))
      last = String(seen.at(-1) ?? 0)
      if (messages.some(({ event }) => event === 'end')) break
    }
    await writing
    expect(seen).toEqual(await stored(run))
  })

  test('twenty streams get the same events in the same order, whoever writes', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => call(allEvents)))
    const runs = await Promise.all([someRun(ctx), someRun(ctx), someRun(ctx)])
    const readings = all.map(({ response }) =>
      read(response, (seen) => seen.filter(({ event }) => event === 'log').length >= 90),
    )
    await Promise.all(
      runs.map(async (run) => {
        for (let n = 0; n < 30; n += 1) await add(run, n)
      }),
    )
    const ids = (await Promise.all(readings)).map(idsOf)
    for (const list of ids) expect(list).toEqual(ids[0])
    expect(ids[0]).toEqual([...(ids[0] ?? [])].sort((a, b) => a - b))
  })

  // Ids are given before commit: the embedded database has one connection, so this can only happen on a server.
  test.skipIf(driver === 'pglite')(
    'an event that is committed after one with a higher id is not left out',
    async () => {
      // Writers of one run wait for each other; those of two do not.
      const [late, early] = [await someRun(ctx), await someRun(ctx)]
      const wanted = (seen: readonly Message[]) => seen.filter(({ data }) => /"(?:slow|n)":/.test(data))
      const reading = read((await call(allEvents)).response, (seen) => wanted(seen).length === 2)
      await ctx.db.transaction(async (tx) => {
        await appendEvents(tx, [{ runId: late, beadId: null, kind: 'log', data: { slow: true } }])
        // Committed first, by another connection, with a higher id.
        await add(early, 1)
        await new Promise((resolve) => setTimeout(resolve, 300))
      })
      const ids = idsOf(wanted(await reading))
      expect(ids).toEqual([(await stored(late)).at(-1), (await stored(early)).at(-1)])
    },
  )

  test.skipIf(driver === 'pglite')(
    'nor one whose writer was held up right after it had drawn its id',
    async () => {
      await asLogin(
        ctx.db,
        sql`create function slow_event() returns trigger language plpgsql as $$
          begin
            if new.data ? 'slow' then perform pg_sleep(0.3); end if;
            return new;
          end $$`,
        sql`create trigger slow_event before insert on run_events for each row execute function slow_event()`,
      )
      const run = await someRun(ctx)
      const reading = read(await follow(run), () => false)
      const slow = appendEvents(ctx.db, [{ runId: run, beadId: null, kind: 'log', data: { slow: true } }])
      await new Promise((resolve) => setTimeout(resolve, 100))
      // Wakes the hub while the slow writer is the newest transaction there is.
      await ctx.db.execute(sql`select pg_notify('devpilot_events', '')`)
      await new Promise((resolve) => setTimeout(resolve, 50))
      await add(run, 1)
      await slow
      await signalRun({ ctx, input: { kind: 'cancel', run } })
      await asLogin(ctx.db, sql`drop trigger slow_event on run_events`)
      expect(idsOf(await reading)).toEqual(await stored(run))
    },
  )

  test('a client that has gone leaves nothing behind; a closed hub ends its streams', async () => {
    const gone = new AbortController()
    const run = await someRun(ctx)
    const { response } = await call(runEventsRoute, { params: { id: run }, signal: gone.signal })
    const reading = read(response, () => false)
    gone.abort()
    await reading
    const still = await call(allEvents)
    const waiting = read(still.response, () => false)
    await runtime.events.close()
    // Not `end`: the client is to connect again, to whoever answers then.
    expect(await waiting).toEqual([])
  })
})
