/**
 * A worker whose step is told to stop at its first time, because its lease ran out: `tsx asleep-worker.ts '{"home":…,
 * "busy":true}'`. It prints `working`, then how the run ended. `busy`: what it does lets nothing else of the process on.
 */
import { z } from 'zod'
import { openDatabase } from '@/lib/db/client'
import { startWorker } from '@/lib/engine/worker'
import { AppError } from '@/lib/errors'
import { goOn, runRow, scriptedEngine } from './scripted-engine'
import { contextOf, someRun } from './services'

const LEASE_MS = 1_500
const given = z.object({ home: z.string(), busy: z.boolean() }).parse(JSON.parse(process.argv[2] ?? '{}'))
const { home, busy } = given
const database = await openDatabase({ home })
const run = await someRun(contextOf({ database, home }))
const engine = scriptedEngine(
  database.db,
  async (work) => {
    if (work.bead.step === 'coder') {
      if (work.bead.resumed) return goOn(work, [])
      const stopped = new Promise<never>((_, reject) => {
        const stop = () => reject(new AppError('cancelled', 'Stopped.'))
        work.signal.addEventListener('abort', stop, { once: true })
      })
      process.stdout.write('working\n')
      const until = performance.now() + 2 * LEASE_MS
      while (busy && performance.now() < until);
      return stopped
    }
    return goOn(work, ['prepare', 'coder'], { maxAttempts: 1 })
  },
  { leaseMs: LEASE_MS },
)
const worker = startWorker(engine, 1, () => undefined)
for (;;) {
  const { status, state } = await runRow(database.db, run)
  if (status === 'succeeded' || status === 'failed') {
    process.stdout.write(`${status} ${state?.error?.message ?? ''}\n`)
    break
  }
  await new Promise((resolve) => setTimeout(resolve, 100))
}
await worker.stop()
await database.close()
