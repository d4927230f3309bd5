import { eq, sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { runEvents, runs } from '@/drizzle/schema'
import { allRows } from '@/lib/db/client'
import { createStore } from '@/lib/db/store'
import { describePostgres } from '../support/database'
import { contextOf, someRun } from '../support/services'

describePostgres((open) => {
  test('a connection whose session was changed under it goes on without what it had planned', async () => {
    const { database } = await open()
    const { db } = database
    const store = createStore(db)
    const planned = async () => allRows(await db.execute(sql`select name from pg_prepared_statements`))
    await store.nextDueInMs()
    await store.nextDueInMs()
    expect(await planned()).toEqual([{ name: 'devpilot_next_due' }])
    // As a pooler does that hands out another session.
    await db.execute(sql`deallocate all`)
    expect(await store.nextDueInMs()).toBeNull()
    expect(await store.nextDueInMs()).toBeNull()
    expect(await planned()).toEqual([])
  })

  test('events go with their run', async () => {
    const opened = await open()
    const { db } = opened.database
    const ctx = contextOf(opened)
    const [gone, stays] = [await someRun(ctx), await someRun(ctx)]
    await db.delete(runs).where(eq(runs.id, gone))
    const left = await db.select({ run: runEvents.runId }).from(runEvents)
    expect(new Set(left.map(({ run }) => run))).toEqual(new Set([stays]))
  })
})
