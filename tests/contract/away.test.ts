import { setTimeout as sleep } from 'node:timers/promises'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { routes } from '@/app/api/openapi.json/routes'
import { beads, jobs } from '@/drizzle/schema'
import { type Database, openDatabase } from '@/lib/db/client'
import { type Runtime, setRuntime } from '@/lib/runtime'
import { startTemporalEngine } from '@/lib/runtime/temporal'
import { madeRepository, removed, temporaryFolder } from '../support/cli'
import { asLogin } from '../support/database'
import { type Call, type Received, serve } from '../support/http'
import { havePostgres, type StoppableServer, startStoppable } from '../support/postgres'
import { requires } from '../support/require'
import { goOn, runRow, scriptedRunner } from '../support/scripted-engine'
import { contextOf, someRun } from '../support/services'
import { haveTemporal, startTemporal, type TemporalServer } from '../support/temporal'
import { drivenByTemporal } from '../support/temporal-engine'

const servers = haveTemporal() && requires('postgres', havePostgres())

/** What a server of pages says and does while what it needs goes away under it and comes back. */
describe.skipIf(!servers)('when it goes away in the middle', () => {
  const home = temporaryFolder()
  const taskQueue = 'away'
  let postgres: StoppableServer
  let temporal: TemporalServer
  let database: Database
  let runtime: Runtime
  let call: Call
  beforeAll(async () => {
    postgres = await startStoppable()
    temporal = await startTemporal()
    const url = await postgres.create()
    database = await openDatabase({ home, url })
    const made = await serve({ database, home, url })
    runtime = made.runtime
    call = made.call
    const { address } = temporal
    const settings = { address, namespace: 'default', taskQueue, tls: null, apiKey: undefined }
    await startTemporalEngine(runtime, { concurrency: 0 }, settings)
  })
  afterAll(async () => {
    await runtime.close()
    setRuntime(null)
    await temporal.stop()
    await postgres.stop()
    removed(home)
  })
  const ready = () => call(routes['/api/ready']?.GET)
  const untilReady = async (status: number): Promise<Received> => {
    for (;;) {
      const answer = await ready()
      if (answer.status === status) return answer
      await sleep(200)
    }
  }
  const ask = () => {
    const repository = madeRepository({})
    return call(routes['/api/runs']?.POST, { body: { repository, task: 'Mend it' } })
  }

  test('Temporal: it is said, new runs are taken on, and they go on when it is back', async () => {
    expect((await untilReady(200)).json).toMatchObject({ status: 'ready', engine: 'temporal' })
    await temporal.kill()
    const away = await untilReady(503)
    expect(away.json).toMatchObject({ code: 'unavailable', place: 'temporal' })
    expect(away.json.detail).toMatch(
      /^Temporal at 127\.0\.0\.1:\d+ has not answered since \d\d:\d\d UTC: runs go on when it is back/,
    )
    expect(away.json.mend).toContain('TEMPORAL_ADDRESS')
    const asked = await ask()
    expect(asked.status).toBeLessThan(300)
    const run = String(asked.json.id)
    await sleep(1_000)
    const [job] = await database.db.select().from(jobs).where(eq(jobs.runId, run))
    expect(job).toMatchObject({ leaseOwner: null, failures: 0 })
    await temporal.start()
    expect((await untilReady(200)).json).toMatchObject({ status: 'ready' })
    const runner = scriptedRunner(database.db, (work) => goOn(work, ['prepare', 'coder']))
    const worker = await drivenByTemporal(database.db, runner, { address: temporal.address, taskQueue })
    while ((await runRow(database.db, run)).status !== 'succeeded') await sleep(200)
    await worker.stop()
  }, 120_000)

  test('the database, in the middle of a step: it is said, and what the step did is not done again', async () => {
    let reached: (() => void) | undefined
    let release: (() => void) | undefined
    const there = new Promise<void>((resolve) => {
      reached = resolve
    })
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const did: string[] = []
    const runner = scriptedRunner(database.db, async (work) => {
      did.push(work.bead.step)
      if (work.bead.step === 'coder') {
        reached?.()
        await held
      }
      return goOn(work, ['prepare', 'coder'])
    })
    const worker = await drivenByTemporal(database.db, runner, { address: temporal.address, taskQueue })
    const run = await someRun(contextOf({ database, home }))
    runtime.wake()
    await there
    await postgres.halt()
    const away = await untilReady(503)
    expect(away.json).toMatchObject({ code: 'unavailable', place: 'database' })
    expect(away.json.detail).toContain('The database does not answer')
    expect(away.json.mend).toContain('DATABASE_URL')
    expect((await ask()).json).toMatchObject({ status: 503, code: 'unavailable' })
    release?.()
    await sleep(2_000)
    await postgres.goOn()
    expect((await untilReady(200)).json).toMatchObject({ status: 'ready' })
    while ((await runRow(database.db, run)).status !== 'succeeded') await sleep(200)
    expect(did).toEqual(['prepare', 'coder'])
    const rows = await database.db.select().from(beads).where(eq(beads.runId, run))
    expect(rows.map(({ status }) => status)).toEqual(['completed', 'completed'])
    await worker.stop()
  }, 120_000)

  test('for good, where a newer version has upgraded the database: it is said, and nothing is handed over', async () => {
    expect((await untilReady(200)).json).toMatchObject({ status: 'ready', worker: 'running' })
    await asLogin(database.db, sql`insert into devpilot_migrations (name) values ('9999_from_the_future')`)
    const newer = await untilReady(503)
    expect(newer.json).toMatchObject({ code: 'unavailable', place: 'database' })
    expect(newer.json.detail).toContain('of a newer DevPilot (it has 9999_from_the_future)')
    expect(newer.json.mend).toContain('Run the newer version')
    const run = await someRun(contextOf({ database, home }))
    runtime.wake()
    await sleep(3_000)
    const [job] = await database.db.select().from(jobs).where(eq(jobs.runId, run))
    expect(job).toMatchObject({ state: 'ready', leaseOwner: null })
  })
})
