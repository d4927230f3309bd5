import { sql } from 'drizzle-orm'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runs } from '@/drizzle/schema'
import { allRows, openDatabase } from '@/lib/db/client'
import type { AppError } from '@/lib/errors'
import { havePostgres, type StoppableServer, startStoppable } from '../support/postgres'
import { requires } from '../support/require'
import { contextOf, someRun } from '../support/services'

describe.skipIf(!requires('postgres', havePostgres()))('a login of no special rights', () => {
  let server: StoppableServer
  beforeAll(async () => {
    server = await startStoppable()
  })
  afterAll(() => server.stop())
  const asSuperuser = async (...statements: string[]): Promise<void> => {
    const client = new pg.Client({ connectionString: server.url })
    await client.connect()
    try {
      for (const statement of statements) await client.query(statement)
    } finally {
      await client.end()
    }
  }
  const as = (user: string, database: string): string => {
    const url = new URL(server.url)
    return Object.assign(url, { username: user, password: 'plain', pathname: `/${database}` }).href
  }
  const refusalOf = (url: string): Promise<AppError> =>
    openDatabase({ url, home: '' }).then(
      () => {
        throw new Error('it was opened')
      },
      (error: AppError) => error,
    )

  test('that may not make roles: it is told the SQL, and with it DevPilot works and sees every row', async () => {
    await asSuperuser(
      `create role "plain user" login password 'plain'`,
      'create database one owner "plain user"',
    )
    const url = as('plain user', 'one')
    const refused = await refusalOf(url)
    expect(refused).toMatchObject({ code: 'bad_config', place: 'DATABASE_URL' })
    const byHand = /once for this server: (.*)$/.exec(refused.mend ?? '')?.[1]
    expect(byHand).toContain('GRANT devpilot_app, ')
    await asSuperuser(byHand ?? '')
    const database = await openDatabase({ url, home: '/tmp' })
    await someRun(contextOf({ database, home: '/tmp' }))
    expect(await database.db.select({ id: runs.id }).from(runs)).toHaveLength(1)
    // Whoever has the login itself, and forgot the role, sees nothing.
    const rows = await database.db.transaction(async (tx) => {
      await tx.execute(sql`set local role none`)
      return allRows(
        await tx.execute(sql`select current_user as login, (select count(*) from users) as users`),
      )
    })
    expect(rows).toMatchObject([{ login: 'plain user' }])
    await database.close()
    const again = await openDatabase({ url, home: '' })
    await again.close()
  })

  test('that may make roles: nothing is asked for, in several new databases at once', async () => {
    await asSuperuser(`create role maker login createrole password 'plain'`)
    await asSuperuser(
      `grant devpilot_app, devpilot_viewer, devpilot_supervisor, devpilot_admin, devpilot_auth to maker`,
    )
    const names = ['m1', 'm2', 'm3', 'm4']
    for (const name of names) await asSuperuser(`create database ${name} owner maker`)
    const all = await Promise.all(names.map((name) => openDatabase({ url: as('maker', name), home: '' })))
    for (const database of all) await database.close()
  })
})

describe.skipIf(!requires('postgres', havePostgres()))('a server that never had our roles', () => {
  test('four databases made at once by one who may make roles: all open', async () => {
    const server = await startStoppable()
    const run = async (...statements: string[]) => {
      const client = new pg.Client({ connectionString: server.url })
      await client.connect()
      for (const statement of statements) await client.query(statement)
      await client.end()
    }
    const names = [
      'devpilot_app',
      'devpilot_viewer',
      'devpilot_supervisor',
      'devpilot_admin',
      'devpilot_auth',
    ]
    const databases = ['r1', 'r2', 'r3', 'r4']
    await run(`create role maker login createrole password 'plain'`)
    for (const name of databases) await run(`create database ${name} owner maker`)
    // The template of the tests has made them: they are dropped with what they were granted there.
    const opened = new pg.Client({ connectionString: server.url })
    await opened.connect()
    const { rows } = await opened.query<{ datname: string }>(
      `select datname from pg_database where datname like 'devpilot_test_%'`,
    )
    await opened.end()
    for (const { datname } of rows) await run(`drop database ${datname} with (force)`)
    for (const name of names) await run(`drop role ${name}`)
    const url = (name: string) =>
      Object.assign(new URL(server.url), { username: 'maker', password: 'plain', pathname: `/${name}` }).href
    const all = await Promise.all(databases.map((name) => openDatabase({ url: url(name), home: '' })))
    for (const database of all) await database.close()
    await server.stop()
  })
})
