import { createServer } from 'node:net'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '@/lib/db/client'
import { placeOf } from '@/lib/db/place'
import { assertVersion } from '@/lib/db/preflight'
import type { AppError } from '@/lib/errors'
import { devpilot, removed, temporaryFolder } from '../support/cli'
import { freePort } from '../support/port'
import { havePostgres, startPostgres, type TestServer } from '../support/postgres'
import { requires } from '../support/require'

const SECRET = 'hunter2-of-nobody'

describe.skipIf(!requires('postgres', havePostgres()))('a database that cannot be opened', () => {
  let server: TestServer
  let url: string
  beforeAll(async () => {
    server = await startPostgres()
    url = await server.create()
  })
  afterAll(() => server.stop())

  const changed = (change: (url: URL) => void): string => {
    const other = new URL(url)
    change(other)
    return other.href
  }
  const refusal = async (bad: string, variable?: string): Promise<AppError> => {
    const begun = Date.now()
    const error = await openDatabase({ url: bad, home: '', variable }).then(
      () => {
        throw new Error('it was opened')
      },
      (thrown: unknown) => thrown as AppError,
    )
    expect(Date.now() - begun).toBeLessThan(15_000)
    expect(`${error.message} ${error.mend}`).not.toContain(SECRET)
    expect(`${error.message} ${error.mend}`).not.toContain(new URL(url).password)
    return error
  }
  const sql = async (at: string, statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: at })
    await client.connect()
    try {
      await client.query(statement)
    } finally {
      await client.end()
    }
  }

  test.each<[string, (url: URL) => void, string, RegExp, RegExp]>([
    [
      'the password is wrong',
      (at) => Object.assign(at, { password: SECRET }),
      'bad_config',
      /does not let "postgres" in with this password/,
      /user and password in DATABASE_URL/,
    ],
    [
      'nobody has that name',
      (at) => Object.assign(at, { username: 'nobody', password: SECRET }),
      'bad_config',
      /does not let "nobody" in/,
      /DATABASE_URL/,
    ],
    [
      'there is no such database',
      (at) => Object.assign(at, { pathname: '/nowhere' }),
      'bad_config',
      /There is no database "nowhere" at 127\.0\.0\.1:\d+/,
      /createdb nowhere.*DATABASE_URL/,
    ],
    [
      'the host is unknown',
      (at) => Object.assign(at, { hostname: 'no-such-host.invalid' }),
      'unavailable',
      /host no-such-host\.invalid:\d+ is not known/,
      /host in DATABASE_URL/,
    ],
    [
      'it asks for TLS that the server does not have',
      (at) => at.searchParams.set('sslmode', 'verify-full'),
      'bad_config',
      /No trusted TLS connection/,
      /sslmode in DATABASE_URL/,
    ],
  ])('%s', async (_what, change, code, message, mend) => {
    const error = await refusal(changed(change))
    expect(error).toMatchObject({ code, place: 'DATABASE_URL' })
    expect(error.message).toMatch(message)
    expect(error.mend).toMatch(mend)
  })

  test('nothing listens there, and it is the other variable', async () => {
    const port = await freePort()
    const error = await refusal(`postgres://me:${SECRET}@127.0.0.1:${port}/x`, 'POSTGRES_URL')
    expect(error).toMatchObject({ code: 'unavailable', place: 'POSTGRES_URL', transient: true })
    expect(error.message).toBe(`No database server answers at 127.0.0.1:${port}.`)
    expect(error.mend).toContain('host and port in POSTGRES_URL')
  })

  test('something listens that never answers', async () => {
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const address = silent.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const error = await refusal(`postgres://me:${SECRET}@127.0.0.1:${port}/x`)
    silent.close()
    expect(error).toMatchObject({ code: 'unavailable', place: 'DATABASE_URL' })
    expect(error.message).toContain('did not answer in time')
  })

  test.each([
    `postgres://me:${SECRET}%@/x y:z/`,
    'postgres://me:p@host:notaport/x',
    `postgres://me:${SECRET}/#?@host/x`,
  ])('a URL that is none: %s', async (bad) => {
    const error = await refusal(bad)
    expect(error).toMatchObject({ code: 'bad_config', place: 'DATABASE_URL' })
    expect(error.mend).toContain('%40')
  })

  test('it is read-only', async () => {
    const at = await server.create()
    const name = new URL(at).pathname.slice(1)
    await sql(at, `alter database ${name} set default_transaction_read_only to on`)
    const error = await refusal(at)
    expect(error).toMatchObject({ code: 'unavailable', place: 'DATABASE_URL' })
    expect(error.message).toContain(`"${name}" at 127.0.0.1`)
    expect(error.message).toContain('read-only')
    expect(error.mend).toContain(`ALTER DATABASE "${name}" SET default_transaction_read_only TO off`)
  })

  test('the user may make no tables', async () => {
    const at = await server.create()
    const admin = changed((one) => Object.assign(one, { pathname: new URL(at).pathname }))
    await sql(admin, 'drop schema public cascade')
    await sql(admin, 'create schema public')
    await sql(admin, `create role poor login password '${SECRET}'`)
    const error = await refusal(
      changed((one) =>
        Object.assign(one, { pathname: new URL(at).pathname, username: 'poor', password: SECRET }),
      ),
    )
    await sql(admin, 'drop role poor')
    expect(error).toMatchObject({ code: 'bad_config', place: 'DATABASE_URL' })
    expect(error.mend).toContain('GRANT USAGE, CREATE ON SCHEMA public TO "poor"')
  })

  // No older server is at hand: what is looked at is the number that one would answer with.
  test.each([
    [140_012, /PostgreSQL 14,/],
    [100_023, /PostgreSQL 10,/],
    [90_624, /PostgreSQL 9\.6,/],
    [Number.NaN, /too old/],
  ])('version %d is too old', (version, message) => {
    const place = placeOf('postgres://me@db.example:5432/x', 'DATABASE_URL')
    expect(() => assertVersion(version, place)).toThrow(message)
    expect(() => assertVersion(version, place)).toThrow(/db\.example:5432/)
    expect(() => assertVersion(150_000, place)).not.toThrow()
  })

  describe('as processes', () => {
    const homes: string[] = []
    afterAll(() => removed(...homes))
    const run = (at: string, ...args: string[]) => {
      const home = temporaryFolder()
      homes.push(home)
      return devpilot(args, { env: { DEVPILOT_HOME: home, DATABASE_URL: at } })
    }

    test('of a newer DevPilot: it refuses to start, and names the version', async () => {
      const at = await server.create()
      await sql(at, `insert into devpilot_migrations (name) values ('9999_from_the_future')`)
      for (const command of ['worker', 'migrate', 'status']) {
        const { code, stderr } = await run(at, command)
        expect([command, code]).toEqual([command, 1])
        expect(stderr).toContain('The database is of a newer DevPilot (it has 9999_from_the_future).')
        expect(stderr).toContain('Run the newer version')
      }
    })

    test('five that begin with an empty database at once all start, and each migration is applied once', async () => {
      const at = await server.create()
      await sql(at, 'drop schema public cascade')
      await sql(at, 'create schema public')
      const all = await Promise.all(Array.from({ length: 5 }, () => run(at, 'migrate')))
      expect(all.map(({ code, stderr }) => [code, stderr])).toEqual(all.map(() => [0, '']))
      const twice = `do $$ begin if (select count(*) <> count(distinct name) or count(*) < 5 from devpilot_migrations)
        then raise exception 'not once'; end if; end $$`
      await sql(at, twice)
    })

    test('a wrong password is said by the command, with the mend and without the password', async () => {
      const bad = changed((at) => Object.assign(at, { password: SECRET }))
      const { code, stderr } = await run(bad, 'status')
      expect(code).toBe(1)
      expect(stderr).toContain('does not let "postgres" in')
      expect(stderr).toContain('DATABASE_URL')
      expect(stderr).not.toContain(SECRET)
    })
  })

  test('two processes on one folder: the second says who has it and how to reach it', async () => {
    const home = temporaryFolder()
    const database = await openDatabase({ home })
    const status = () => devpilot(['status'], { env: { DEVPILOT_HOME: home, DEVPILOT_PORT: '1' } })
    try {
      const plain = await status()
      expect(plain.code).toBe(1)
      expect(plain.stderr).toContain(`Process ${process.pid}`)
      expect(plain.stderr).toContain(`${home}/db`)
      database.announce?.('a DevPilot server', 'http://127.0.0.1:4299')
      const { stderr } = await status()
      expect(stderr).toContain(
        `Process ${process.pid}, a DevPilot server at http://127.0.0.1:4299, already has`,
      )
      expect(stderr).toContain('Set DEVPILOT_URL=http://127.0.0.1:4299')
    } finally {
      await database.close()
    }
    expect((await status()).code).toBe(0)
    removed(home)
  })
})
