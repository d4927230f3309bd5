import { eq, sql } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { repositories, runBundles, runs } from '@/drizzle/schema'
import { type Database, databaseNow } from '@/lib/db/client'
import { appendEvents } from '@/lib/db/events'
import type { ServiceContext } from '@/lib/services/context'
import { EventsHub } from '@/lib/services/runs/events-hub'
import { describeDrivers } from '../support/database'
import { contextOf, someRun } from '../support/services'

describeDrivers((open, driver) => {
  let database: Database
  let ctx: ServiceContext
  beforeAll(async () => {
    const opened = await open()
    database = opened.database
    ctx = contextOf(opened)
  })

  test('bytes, documents and times come back as they were', async () => {
    const runId = await someRun(ctx)
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
    const createdAt = new Date('2027-03-28T00:59:59.987Z')
    const [from, to] = ['a'.repeat(40), 'b'.repeat(40)]
    await database.db
      .insert(runBundles)
      .values({ runId, turn: 1, fromSha: from, toSha: to, bytes, createdAt })
    const [row] = await database.db.select().from(runBundles).where(eq(runBundles.runId, runId))
    expect(Uint8Array.from(row?.bytes ?? [])).toEqual(bytes)
    expect(row?.createdAt).toEqual(createdAt)
    const [run] = await database.db.select().from(runs).where(eq(runs.id, runId))
    expect(run?.task).toEqual({ title: 'Mend it', body: 'Mend it' })
    expect(run?.budgetMicros).toBe(3_000_000)
    expect(Math.abs((await databaseNow(database.db)).getTime() - Date.now())).toBeLessThan(60_000)
  })

  test('a transaction is there whole or not at all, and more of them than connections take turns', async () => {
    const runId = await someRun(ctx)
    const failed = database.db.transaction(async (tx) => {
      await tx.update(runs).set({ title: 'half done' }).where(eq(runs.id, runId))
      throw new Error('no')
    })
    await expect(failed).rejects.toThrow('no')
    const [row] = await database.db.select().from(runs).where(eq(runs.id, runId))
    expect(row?.title).toBe('Mend it')
    const add = () =>
      database.db.transaction(async (tx) => {
        const found = await tx
          .select()
          .from(repositories)
          .where(eq(repositories.id, row?.repositoryId ?? ''))
          .for('update')
        const maxActive = (found[0]?.maxActive ?? 0) + 1
        await tx
          .update(repositories)
          .set({ maxActive })
          .where(eq(repositories.id, row?.repositoryId ?? ''))
      })
    await Promise.all(Array.from({ length: 20 }, add))
    const [after] = await database.db
      .select()
      .from(repositories)
      .where(eq(repositories.id, row?.repositoryId ?? ''))
    expect(after?.maxActive).toBe(20)
  })

  test('an error of the server keeps its code', async () => {
    const failed = database.db.execute(sql`select 1 / 0`)
    await expect(failed).rejects.toMatchObject({ cause: { code: '22012' } })
  })

  test('events come without a reload, by notification or by looking', async () => {
    const runId = await someRun(ctx)
    const hub = new EventsHub(database)
    const texts: unknown[] = []
    const come = new Promise<void>((resolve) => {
      const told = hub.subscribe(
        (events) => {
          texts.push(...events.map(({ data }) => data.text))
          if (texts.includes('second')) resolve()
        },
        () => {},
      )
      void told.then(async () => {
        const event = (text: string) => ({ runId, beadId: null, kind: 'log' as const, data: { text } })
        await appendEvents(database.db, [event('first')])
        await appendEvents(database.db, [event('second')])
      })
    })
    await come
    await hub.close()
    expect(texts.filter((text) => typeof text === 'string')).toEqual(['first', 'second'])
    expect(database.driver).toBe(driver)
  })
})
