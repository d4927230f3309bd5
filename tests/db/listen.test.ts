import { type SQL, sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { firstRow } from '@/lib/db/client'
import { listenOn } from '@/lib/db/listen'
import { describePostgres } from '../support/database'

describePostgres((open) => {
  test('a connection that is lost again and again is made again once each time, and hears', async () => {
    const { database, url } = await open()
    const heard: string[] = []
    const stop = await listenOn(url ?? '', 'bell', (payload) => heard.push(payload))
    // What another role's connection does is shown to the login alone.
    const asLogin = (statement: SQL) =>
      database.db.transaction(async (tx) => {
        await tx.execute(sql`set local role none`)
        return tx.execute(statement)
      })
    const listening = async () =>
      Number(
        firstRow(
          await asLogin(
            sql`select count(*) as n from pg_stat_activity where query like 'listen %' and datname = current_database()`,
          ),
        )?.n,
      )
    for (let i = 0; i < 3; i += 1) {
      await expect.poll(listening).toBe(1)
      await asLogin(
        sql`select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen %' and datname = current_database()`,
      )
      await expect.poll(listening).toBe(0)
    }
    await expect.poll(listening).toBe(1)
    // Long enough for a second one to come, if there were one.
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    expect(await listening()).toBe(1)
    await database.db.execute(sql`select pg_notify('bell', 'ring')`)
    await expect.poll(() => heard).toContain('ring')
    await stop()
    await expect.poll(listening).toBe(0)
  })
})
