import { expect, test } from 'vitest'
import { createStore } from '@/lib/db/store'
import { createEngine } from '@/lib/engine/engine'
import { databaseUnavailable, toAppError } from '@/lib/errors'
import { describeDatabases } from '../support/database'
import { drain, goOn, runRow, scriptedRunner } from '../support/scripted-engine'
import { contextOf, someRun } from '../support/services'

describeDatabases((open) => {
  test('a database that is met away at every try is waited for through hours, and soon at first', async () => {
    const opened = await open()
    const { db } = opened.database
    const run = await someRun(contextOf(opened))
    const store = createStore(db)
    const waits: number[] = []
    const engine = createEngine({
      store: {
        ...store,
        putOff: (claim, inMs, blameless) => {
          waits.push(inMs)
          return store.putOff(claim, 0, blameless)
        },
      },
      runStep: scriptedRunner(db, (work) => {
        if (work.bead.step === 'coder') throw databaseUnavailable(null)
        return goOn(work, ['prepare', 'coder'])
      }),
      owner: 'w',
      toError: toAppError,
      random: () => 0.5,
      onError: () => {},
    })
    await drain(engine)
    // It may be the step's own doing after all.
    expect(await runRow(db, run)).toMatchObject({ status: 'failed', state: { error: { tries: 50 } } })
    expect(Math.max(...waits.slice(0, 10))).toBeLessThanOrEqual(10_000)
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(2 * 3_600_000)
  })
})
