import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { allRows, openDatabase } from '@/lib/db/client'
import { migrateAll, migrations } from '@/lib/db/migrate'
import { describeDatabases } from '../support/database'

describeDatabases((open, driver) => {
  test('every migration is applied once, in order; again does nothing', async () => {
    const { database } = await open()
    const rows = allRows(await database.db.execute(sql`select name from devpilot_migrations order by name`))
    expect(rows.map(({ name }) => name)).toEqual(migrations().map(({ name }) => name))
    expect(await migrateAll(database.db)).toEqual([])
  })

  test('a database of a newer version is refused, and says what to do', async () => {
    const { database } = await open()
    await database.db.execute(sql`insert into devpilot_migrations (name) values ('9999_future')`)
    await expect(migrateAll(database.db)).rejects.toMatchObject({
      code: 'bad_config',
      message: expect.stringContaining('9999_future'),
    })
  })

  test.runIf(driver === 'pg')('four processes that start at once all start', async () => {
    const { url, database } = await open()
    if (!url) throw new Error('no URL')
    await database.db.execute(sql`drop schema public cascade`)
    await database.db.execute(sql`create schema public`)
    const all = await Promise.all([1, 2, 3, 4].map(() => openDatabase({ url, home: '' })))
    const rows = allRows(await database.db.execute(sql`select name from devpilot_migrations`))
    expect(rows.length).toBe(migrations().length)
    for (const one of all) await one.close()
  })
})
