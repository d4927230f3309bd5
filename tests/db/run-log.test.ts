import { eq, type SQL, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { runEvents } from '@/drizzle/schema'
import { allRows } from '@/lib/db/client'
import { appendEvents } from '@/lib/db/events'
import type { ServiceContext } from '@/lib/services/context'
import { logPlaces } from '@/lib/services/runs/log/places'
import { readLog } from '@/lib/services/runs/log/read'
import { logAsText } from '@/lib/services/runs/log/text'
import { asLogin, describeDatabases } from '../support/database'
import { longBead, longLog } from '../support/long-run'
import { contextOf, someRun } from '../support/services'

const esc = '\u001b'

describeDatabases((open) => {
  let ctx: ServiceContext
  beforeAll(async () => {
    ctx = contextOf(await open())
  })

  /** The answer's error, as `code place`. */
  const refused = (answer: Promise<unknown>) =>
    answer.then(
      () => 'accepted',
      (error) => `${error.code} ${error.place ?? ''}`.trim(),
    )
  const log = (run: string, texts: readonly string[]) =>
    appendEvents(
      ctx.db,
      texts.map((text) => ({ runId: run, beadId: null, kind: 'log' as const, data: { text } })),
    )
  const texts = async (run: string, input = {}) =>
    (await readLog({ ctx, input: { run, ...input } })).lines.map(({ n, text }) => `${n} ${text}`)

  describe('what cannot be asked', () => {
    test.each([
      ['from', { from: 0 }],
      ['from', { from: 'x' }],
      ['from', { from: 9_000_000_000 }],
      ['limit', { limit: 501 }],
      ['chars', { chars: 1_000_000 }],
      ['kind', { kind: 'noise' }],
      ['level', { level: 'loud' }],
      ['q', { q: 'x'.repeat(201) }],
      ['q', { q: 'two\nlines' }],
      ['offset', { offset: 3 }],
    ])('%s that is wrong is named', async (place, part) => {
      const run = await someRun(ctx)
      expect(await refused(readLog({ ctx, input: { run, ...part } as never }))).toBe(`bad_request ${place}`)
    })

    test('a run that is not there, and somebody who may not read', async () => {
      const run = '00000000-0000-7000-8000-000000000000'
      expect(await refused(readLog({ ctx, input: { run } }))).toBe('not_found')
      expect(await refused(logPlaces({ ctx, input: { run } }))).toBe('not_found')
      expect(await refused(logAsText({ ctx, input: { run } }))).toBe('not_found')
      const nobody = { ...ctx, grants: [] }
      expect(await refused(readLog({ ctx: nobody, input: { run } }))).toBe('forbidden')
    })
  })

  test('lines are numbered per run, several to an event, and numbers stay', async () => {
    const [run, other] = [await someRun(ctx), await someRun(ctx)]
    await log(run, ['one', 'two\r\nthree\n\nfour\n\n'])
    await log(other, ['elsewhere'])
    await log(run, ['five'])
    const all = await texts(run)
    expect(all[0]).toMatch(/^1 prepare: queued/)
    expect(all.slice(1)).toEqual(['2 one', '3 two', '4 three', '5 ', '6 four', '7 five'])
    expect((await texts(other)).at(-1)).toBe('2 elsewhere')
    expect(await texts(run, { from: 4, limit: 2 })).toEqual(['4 three', '5 '])
    expect(await texts(run, { from: 4, q: 'FO' })).toEqual(['6 four'])
    expect(await texts(run, { from: 8 })).toEqual([])
  })

  test('writers of one run at once give no number twice', async () => {
    const run = await someRun(ctx)
    await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        ctx.db.transaction((tx) =>
          appendEvents(tx, [{ runId: run, beadId: null, kind: 'log', data: { text: `a${i}\nb${i}` } }]),
        ),
      ),
    )
    const rows = await ctx.db.select().from(runEvents).where(eq(runEvents.runId, run))
    const numbers = rows.flatMap(({ firstLine, lines }) =>
      Array.from({ length: lines }, (_, i) => firstLine + i),
    )
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, i) => i + 1))
  })

  test('a line of 10 MB is cut, says how long it is, and comes whole in the download', async () => {
    const run = await someRun(ctx)
    await log(run, [`start${'x'.repeat(10_000_000)}end\nafter`])
    const { lines } = await readLog({ ctx, input: { run, from: 2 } })
    expect(lines.map(({ text, length }) => [text.length, length])).toEqual([
      [2_000, 10_000_008],
      [5, 5],
    ])
    const more = await readLog({ ctx, input: { run, from: 2, limit: 1, chars: 100_000 } })
    expect(more.lines[0]?.text).toHaveLength(100_000)
    let size = 0
    let end = ''
    for await (const piece of await logAsText({ ctx, input: { run, from: 2, limit: 1 } })) {
      size += piece.length
      end = piece.slice(-4)
    }
    expect(size).toBeGreaterThan(10_000_000)
    expect(end).toBe('end\n')
  })

  test('the download obeys nothing that a terminal would, and keeps to the filters', async () => {
    const run = await someRun(ctx)
    await log(run, [`${esc}]0;owned\u0007${esc}[31mred${esc}[0m\u202e`, 'warning: mind the gap'])
    const pieces = []
    for await (const piece of await logAsText({ ctx, input: { run, kind: 'log' } })) pieces.push(piece)
    const text = pieces.join('')
    expect(text).toContain('red‹U+202E›')
    expect(text).not.toContain(esc)
    expect(text.split('\n')).toHaveLength(3)
    expect(await texts(run, { level: 'warning' })).toEqual(['3 warning: mind the gap'])
  })

  describe('a log of 100,000 lines', () => {
    let run: string
    beforeAll(async () => {
      run = await someRun(ctx)
      const bead = await longBead(ctx.db, run, 1)
      // The first line is that of the run itself.
      await longLog(ctx.db, { runId: run, beadId: bead, count: 100_000, after: 1 })
    })

    test('any window is there at once, the last one without being asked for', async () => {
      const end = await readLog({ ctx, input: { run, limit: 2 } })
      expect(end.total).toBe(100_001)
      expect(end.lines.map(({ n }) => n)).toEqual([100_000, 100_001])
      const middle = await readLog({ ctx, input: { run, from: 50_000, limit: 500 } })
      expect(middle.lines).toHaveLength(500)
      expect(middle.lines[1]).toMatchObject({ n: 50_001, kind: 'log', level: 'info' })
      expect(JSON.stringify(middle).length).toBeLessThan(200_000)
    })

    test('words are found through colours, counted to a bound, and gone on with after it', async () => {
      const all = await logPlaces({ ctx, input: { run, q: 'a NEEDLE' } })
      expect(all).toMatchObject({ lines: 100, more: false })
      expect(all.ranges.slice(0, 2)).toEqual([
        [1_001, 1],
        [2_001, 1],
      ])
      const first = await logPlaces({ ctx, input: { run, q: 'needle', limit: 30 } })
      expect([first.lines, first.more]).toEqual([30, true])
      const rest = await logPlaces({ ctx, input: { run, q: 'needle', from: 30_002 } })
      expect([rest.lines, rest.ranges[0]]).toEqual([70, [31_001, 1]])
      expect(await logPlaces({ ctx, input: { run, q: '%' } })).toMatchObject({ lines: 0 })
    })

    test('words that every line has are looked for in no more events than were asked for', async () => {
      await asLogin(ctx.db, sql`analyze run_events`)
      const asked: SQL[] = []
      const execute = (query: SQL) => {
        asked.push(query)
        return ctx.db.execute(query)
      }
      const spied = { ...ctx, db: Object.create(ctx.db, { execute: { value: execute } }) }
      const window = await readLog({ ctx: spied, input: { run, q: 'line', from: 50_000, limit: 100 } })
      expect(window.lines.map(({ n }) => n).slice(0, 2)).toEqual([50_000, 50_001])
      const looked = [asked.at(-1)]
      const places = await logPlaces({ ctx: spied, input: { run, q: 'line', from: 50_000, limit: 100 } })
      expect([places.lines, places.more]).toEqual([100, true])
      looked.push(asked.at(-1))
      for (const query of looked) {
        const plan = JSON.stringify(
          allRows(await ctx.db.execute(sql`explain (analyze, format json) ${query}`)),
        )
        const rows = [...plan.matchAll(/Actual Rows\W+(\d+)/g)].map(([, count]) => Number(count))
        expect(rows.length).toBeGreaterThan(3)
        expect(Math.max(...rows)).toBeLessThan(200)
      }
    })

    test('filters are ranges, and windows of what is left', async () => {
      const tools = await logPlaces({ ctx, input: { run, kind: 'tool' } })
      expect([tools.lines, tools.ranges[1]]).toEqual([1_000, [200, 1]])
      const logs = await logPlaces({ ctx, input: { run, kind: 'log' } })
      expect([logs.lines, logs.ranges.length]).toEqual([98_999, 1_000])
      expect(logs.ranges[1]).toEqual([101, 99])
      const errors = await readLog({ ctx, input: { run, level: 'error', from: 50_000, limit: 3 } })
      expect(errors.lines.map(({ n }) => n)).toEqual([50_000, 50_500, 51_000])
      expect(await logPlaces({ ctx, input: { run, step: 'coder' } })).toMatchObject({
        ranges: [[2, 100_000]],
      })
      expect(await logPlaces({ ctx, input: { run, step: 'tester' } })).toMatchObject({ lines: 0 })
    })
  })
})
