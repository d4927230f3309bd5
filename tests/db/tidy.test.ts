import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { firstRow } from '@/lib/db/client'
import { describeDatabases } from '../support/database'

describeDatabases((open, driver) => {
  test('the embedded database is tidied by us, and asked as the app all the while; a server does it by itself', async () => {
    const { database } = await open()
    expect(database.tidy === undefined).toBe(driver !== 'pglite')
    if (!database.tidy) return
    const look = async () =>
      firstRow(
        await database.db.execute(
          sql`select reltuples::int as rows, current_user as name from pg_class where relname = 'devpilot_migrations'`,
        ),
      )
    expect(await look()).toEqual({ rows: -1, name: 'devpilot_app' })
    await database.tidy()
    expect(await look()).toEqual({ rows: expect.any(Number), name: 'devpilot_app' })
    expect(Number((await look())?.rows)).toBeGreaterThan(0)
  })
})
