import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { GET as allEvents } from '@/app/api/events/route'
import { GET as runEventsRoute } from '@/app/api/runs/[id]/events/route'
import { runEvents } from '@/drizzle/schema'
import { appendEvents } from '@/lib/db/events'
import { type Runtime, setRuntime } from '@/lib/runtime'
import type { ServiceContext } from '@/lib/services/context'
import { signalRun } from '@/lib/services/runs/signal'
import { describeDatabases } from '../support/database'
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
      const run = await someRun(ctx)
      const response = await follow(run)
      const reading = read(response, () => false)
      await ctx.db.transaction(async (tx) => {
        await appendEvents(tx, [{ runId: run, beadId: null, kind: 'log', data: { slow: true } }])
        // Committed first, by another connection, with a higher id.
        await add(run, 1)
        await new Promise((resolve) => setTimeout(resolve, 300))
      })
      await signalRun({ ctx, input: { kind: 'cancel', run } })
      expect(idsOf(await reading)).toEqual(await stored(run))
    },
  )

  test.skipIf(driver === 'pglite')(
    'nor one whose writer was held up right after it had drawn its id',
    async () => {
      await ctx.db.execute(sql`create function slow_event() returns trigger language plpgsql as $$
      begin
        if new.data ? 'slow' then perform pg_sleep(0.3); end if;
        return new;
      end $$`)
      await ctx.db.execute(sql`create trigger slow_event before insert on run_events
      for each row execute function slow_event()`)
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
      await ctx.db.execute(sql`drop trigger slow_event on run_events`)
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
