import { eq, sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { jobs } from '@/drizzle/schema'
import { createCommitRecord } from '@/lib/db/bundles'
import { createStore } from '@/lib/db/store'
import { createEngine } from '@/lib/engine/engine'
import { databaseUnavailable, toAppError } from '@/lib/errors'
import { describeDatabases } from '../support/database'
import { drain, goOn, runRow, scriptedRunner } from '../support/scripted-engine'
import { contextOf, someRun } from '../support/services'

describeDatabases((open) => {
  test('a step that asks for its lapsed lease before a beat has renewed it is blamed for nothing', async () => {
    const ctx = contextOf(await open())
    const { db } = ctx
    const store = createStore(db)
    let began = 0
    const engine = createEngine({
      store: { ...store, heartbeat: () => Promise.reject(databaseUnavailable(null)) },
      runStep: scriptedRunner(db, async (work) => {
        if (work.bead.step !== 'coder') return goOn(work, ['prepare', 'coder'], { maxAttempts: 1 })
        began += 1
        if (began === 1) {
          await new Promise((resolve) => work.signal.addEventListener('abort', resolve))
          // The database is back, and nobody has beaten yet.
          await db
            .update(jobs)
            .set({ leaseUntil: sql`now() - interval '1 second'` })
            .where(eq(jobs.runId, work.run.id))
          await createCommitRecord(db, work.claim).beforeWrite()
        }
        return goOn(work, ['prepare', 'coder'])
      }),
      owner: 'test:1',
      toError: toAppError,
      random: () => 0,
      onError: () => {},
      leaseMs: 300,
    })
    const run = await someRun(ctx)
    await drain(engine)
    const { status, state } = await runRow(db, run)
    expect([began, status, state?.error]).toEqual([2, 'succeeded', null])
  })
})
