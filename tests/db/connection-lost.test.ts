import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Database, firstRow, openDatabase } from '@/lib/db/client'
import { havePostgres, startPostgres, type TestServer } from '../support/postgres'
import { requires } from '../support/require'

describe.skipIf(!requires('postgres', havePostgres()))('a connection that is lost', () => {
  let server: TestServer
  let database: Database
  beforeAll(async () => {
    server = await startPostgres()
    database = await openDatabase({ url: await server.create(), home: '' })
  })
  afterAll(async () => {
    await database.close()
    await server.stop()
  })

  it('between two statements of a transaction fails that transaction, and ends no process', async () => {
    const { db } = database
    const cut = db.transaction(async (tx) => {
      const { pid } = firstRow(await tx.execute(sql`select pg_backend_pid() as pid`)) ?? {}
      await db.execute(sql`select pg_terminate_backend(${pid})`)
      // Nobody waits for an answer now: the loss is told as an event, which without a listener ends the process.
      await sleep(300)
      await tx.execute(sql`select 1`)
    })
    await expect(cut).rejects.toThrow()
    expect(firstRow(await db.execute(sql`select 1 as one`))).toEqual({ one: 1 })
  })
})
