import { eq, sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { jobs } from '@/drizzle/schema'
import { createStore } from '@/lib/db/store'
import { createEngine, type Engine } from '@/lib/engine/engine'
import { startWorker } from '@/lib/engine/worker'
import { databaseUnavailable, toAppError } from '@/lib/errors'
import { describePostgres } from '../support/database'
import { drain, goOn, runRow, scriptedEngine, scriptedRunner } from '../support/scripted-engine'
import { contextOf, someRun } from '../support/services'

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

describePostgres((open) => {
  test('while somebody holds the row of a due job, an idle worker does not ask without a pause', async () => {
    const ctx = contextOf(await open())
    const { db } = ctx
    const run = await someRun(ctx)
    const engine = scriptedEngine(db, (work) => goOn(work, ['prepare']))
    let looks = 0
    const counted: Pick<Engine, 'tick'> = {
      tick(input) {
        looks += 1
        return engine.tick(input)
      },
    }
    // Warm: what the first look of a process costs is not counted.
    await db.update(jobs).set({ state: 'parked' }).where(eq(jobs.runId, run))
    await drain(engine)
    const past = sql`now() - interval '1 second'`
    await db.update(jobs).set({ state: 'delayed', dueAt: past }).where(eq(jobs.runId, run))
    const worker = await db.transaction(async (tx) => {
      await tx.execute(sql`select 1 from jobs where run_id = ${run} for update`)
      const started = startWorker(counted, 1, () => {})
      await sleep(1_000)
      return started
    })
    expect(looks).toBeGreaterThan(1)
    expect(looks).toBeLessThan(25)
    // Nobody wakes it: it finds the job by itself when the row is free.
    while ((await runRow(db, run)).status !== 'succeeded') await sleep(20)
    await worker.stop()
  })

  test.each([
    { what: 'a worker that is stopped', over: (): Over => ({ signal: AbortSignal.timeout(300) }) },
    { what: 'a slice whose time is over', over: (): Over => ({ now: () => performance.now(), in: 300 }) },
  ])('$what while it rests after an outage takes nothing up any more', async ({ over }) => {
    const ctx = contextOf(await open())
    const { db } = ctx
    const store = createStore(db)
    let away = true
    const engine = createEngine({
      store: {
        ...store,
        takeUp: (input) => (away ? Promise.reject(databaseUnavailable(null)) : store.takeUp(input)),
      },
      runStep: scriptedRunner(db, (work) => goOn(work, ['prepare'])),
      owner: 'test:1',
      toError: toAppError,
      random: () => 0,
      onError: () => {},
    })
    const run = await someRun(ctx)
    await expect(drain(engine)).rejects.toMatchObject({ code: 'unavailable' })
    away = false
    const { signal, now = () => 0, in: left = Number.POSITIVE_INFINITY } = over()
    const input = { now, until: now() + left, ...(signal ? { signal } : {}) }
    expect(await engine.tick(input)).toEqual({ steps: 0, nextDueInMs: 0 })
    expect((await runRow(db, run)).status).toBe('queued')
    await drain(engine)
    expect((await runRow(db, run)).status).toBe('succeeded')
  })
})

interface Over {
  readonly signal?: AbortSignal
  readonly now?: () => number
  readonly in?: number
}
