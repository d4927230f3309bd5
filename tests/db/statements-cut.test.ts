import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openDatabase } from '@/lib/db/client'
import { havePostgres, startPostgres, type TestServer } from '../support/postgres'
import { requires } from '../support/require'
import { drain, goOn, runRow, scriptedEngine } from '../support/scripted-engine'
import { contextOf, someRun } from '../support/services'

const flow = ['prepare', 'coder'] as const

describe.skipIf(!requires('postgres', havePostgres()))('a statement that is cut off', () => {
  let server: TestServer
  let url: string
  /** Somebody else at the same database. */
  let other: pg.Client
  let home: string
  beforeAll(async () => {
    server = await startPostgres()
  })
  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'devpilot-cut-'))
    url = await server.create()
    other = new pg.Client({ connectionString: url })
    await other.connect()
  })
  afterEach(async () => {
    await other.end()
    rmSync(home, { recursive: true, force: true })
  })
  afterAll(() => server.stop())

  /**
   * A run whose job somebody holds when the result of its second step is to be kept, until the settling waits for
   * them and `meanwhile` is over.
   */
  const heldWhileSettled = async (meanwhile: (waiting: number) => Promise<unknown>) => {
    const database = await openDatabase({ url, home })
    const ctx = contextOf({ database, home })
    const run = await someRun(ctx)
    const begun: string[] = []
    let held = Promise.resolve()
    const engine = scriptedEngine(database.db, async (work) => {
      begun.push(work.bead.step)
      if (work.bead.step === 'coder') {
        await other.query('begin')
        await other.query('select 1 from jobs where run_id = $1 for update', [run])
        held = (async () => {
          await meanwhile(await waiter())
          await other.query('commit')
        })()
      }
      return goOn(work, flow)
    })
    try {
      await drain(engine)
      await held
      return { row: await runRow(database.db, run), begun }
    } finally {
      await database.close()
    }
  }

  /** Whoever waits for `other`. */
  const waiter = async (): Promise<number> => {
    for (;;) {
      const { rows } = await other.query(
        'select pid from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))',
      )
      if (rows[0]) return rows[0].pid
      await sleep(20)
    }
  }

  test.each(['statement_timeout', 'lock_timeout'])(
    'not by a %s that the server sets for everybody',
    async (limit) => {
      await other.query(`alter database ${new URL(url).pathname.slice(1)} set ${limit} to '300ms'`)
      const { row, begun } = await heldWhileSettled(() => sleep(1_000))
      expect([row.status, row.state?.error]).toEqual(['succeeded', null])
      expect(begun).toEqual(['prepare', 'coder'])
    },
  )

  test('by somebody: it is sent again, and the step is not done again', async () => {
    const { row, begun } = await heldWhileSettled((pid) => other.query('select pg_cancel_backend($1)', [pid]))
    expect([row.status, row.state?.error]).toEqual(['succeeded', null])
    expect(begun).toEqual(['prepare', 'coder'])
  })
})
