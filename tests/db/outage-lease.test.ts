import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { and, eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runEvents } from '@/drizzle/schema'
import { untilKept } from '@/lib/agents/kept'
import { openDatabase } from '@/lib/db/client'
import { startWorker } from '@/lib/engine/worker'
import { AppError } from '@/lib/errors'
import { havePostgres, type StoppableServer, startStoppable } from '../support/postgres'
import { requires } from '../support/require'
import { goOn, runRow, type Script, scriptedEngine } from '../support/scripted-engine'
import { contextOf, someRun } from '../support/services'

const flow = ['prepare', 'coder'] as const
const LEASE_MS = 2_000

describe.skipIf(!requires('postgres', havePostgres()))(
  'a database that is away for longer than a lease, while a model is asked',
  () => {
    let server: StoppableServer
    const folder = mkdtempSync(join(tmpdir(), 'devpilot-outage-'))
    beforeAll(async () => {
      server = await startStoppable()
    })
    afterAll(async () => {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    })

    test.each([
      { when: 'meanwhile', inTheOutage: true },
      { when: 'some time after it', inTheOutage: false },
    ])('an answer that comes $when is kept, and not asked for again', async ({ inTheOutage }) => {
      const url = await server.create()
      const open = () => openDatabase({ url, home: folder })
      // Two machines, each of which takes up what the other one lost.
      const databases = [await open(), await open()] as const
      const ctx = contextOf({ database: databases[0], home: folder })
      const { db } = ctx
      const run = await someRun(ctx)
      const keptOf = () =>
        db
          .select()
          .from(runEvents)
          .where(and(eq(runEvents.runId, run), eq(runEvents.kind, 'log')))
      const told = { asked: 0, lapsed: 0 }
      const answer = Promise.withResolvers<void>()
      const script: Script = async (work, record) => {
        if (work.bead.step === 'coder' && (await keptOf()).length === 0) {
          told.asked += 1
          work.signal.addEventListener('abort', () => {
            told.lapsed += 1
          })
          await Promise.race([answer.promise, rejected(work.hangUp)])
          await untilKept(() => record.event('log', { text: 'the answer' }), work.hangUp)
          if (work.signal.aborted) throw new AppError('cancelled', 'Stopped at a border.')
        }
        return goOn(work, flow)
      }
      const workers = databases.map(({ db: own }, number) =>
        startWorker(scriptedEngine(own, script, { leaseMs: LEASE_MS, owner: `test:${number}` }), 2, () => {}),
      )
      // Nobody sleeps: whoever may take a run up does so as soon as the database is back.
      const waking = setInterval(() => {
        for (const worker of workers) worker.wake()
      }, 10)
      try {
        await until(() => told.asked > 0)
        await server.halt()
        await until(() => told.lapsed > 0)
        if (inTheOutage) answer.resolve()
        await pause(LEASE_MS)
        await server.goOn()
        if (!inTheOutage) await pause(3 * LEASE_MS)
        answer.resolve()
        await until(async () => (await runRow(db, run).catch(() => null))?.status === 'succeeded')
        expect([told.asked, (await keptOf()).length]).toEqual([1, 1])
      } finally {
        clearInterval(waking)
        answer.resolve()
        for (const worker of workers) await worker.stop()
        for (const database of databases) await database.close()
      }
    })
  },
)

function rejected(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const hangUp = () => reject(new AppError('cancelled', 'Cut off.', { cause: signal.reason }))
    if (signal.aborted) hangUp()
    else signal.addEventListener('abort', hangUp, { once: true })
  })
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 50_000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('it did not come to that in 50 s')
    await pause(50)
  }
}
