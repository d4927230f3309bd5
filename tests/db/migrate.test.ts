import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { allRows, type Database, openDatabase } from '@/lib/db/client'
import { migrateAll, migrations } from '@/lib/db/migrate'
import { asLogin, describeDatabases } from '../support/database'

const applied = (database: Database) =>
  database.db.transaction(async (tx) => {
    await tx.execute(sql`set local role none`)
    return allRows(await tx.execute(sql`select name from devpilot_migrations order by name`)).map(
      ({ name }) => name,
    )
  })

describeDatabases((open, driver) => {
  test('every migration is applied once, in order; again does nothing', async () => {
    const { database } = await open()
    expect(await applied(database)).toEqual(migrations().map(({ name }) => name))
    expect(await migrateAll(database.db)).toEqual([])
  })

  test('a database of a newer version is refused, and says what to do', async () => {
    const { database } = await open()
    await asLogin(database.db, sql`insert into devpilot_migrations (name) values ('9999_future')`)
    await expect(migrateAll(database.db)).rejects.toMatchObject({
      code: 'bad_config',
      message: expect.stringContaining('9999_future'),
    })
  })

  test.runIf(driver === 'pg')('four processes that start at once all start', async () => {
    const { url, database } = await open()
    if (!url) throw new Error('no URL')
    await asLogin(database.db, sql`drop schema public cascade`, sql`create schema public`)
    const all = await Promise.all([1, 2, 3, 4].map(() => openDatabase({ url, home: '' })))
    expect((await applied(database)).length).toBe(migrations().length)
    for (const one of all) await one.close()
  })
})
