import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { jobs } from '@/drizzle/schema'
import type { Db } from '@/lib/db/client'
import type { Engine } from '@/lib/engine/engine'
import { startWorker } from '@/lib/engine/worker'
import type { ServiceContext } from '@/lib/services/context'
import { signalRun } from '@/lib/services/runs/signal'
import { describeDatabases } from '../support/database'
import { goOn, scriptedEngine, type Work } from '../support/scripted-engine'
import { contextOf, someRun } from '../support/services'

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
const until = async (holds: () => boolean | Promise<boolean>) => {
  while (!(await holds())) await sleep(10)
}
const told = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
/** Whether a person's cancel comes to a step long before it would ask by itself. */
const felt = (signal: AbortSignal) =>
  Promise.race([told(signal).then(() => 'felt'), sleep(6_000).then(() => 'not felt')])

/** Two slots of one process, and a coder whose first attempt takes a while to end when it is stopped. */
function twoSlots(db: Db) {
  const log: string[] = []
  const attempts: Work[] = []
  const engine = scriptedEngine(db, async (work) => {
    if (work.bead.step !== 'coder') return goOn(work, ['prepare', 'coder'])
    const mine = attempts.push(work)
    log.push(`begins ${mine}`)
    await told(work.signal)
    if (mine === 1) {
      await until(async () => {
        const [job] = await db.select().from(jobs).where(eq(jobs.runId, work.run.id))
        return job?.state === 'leased' && job.leaseToken > work.claim.token
      })
      await sleep(300)
    }
    log.push(`ends ${mine}`)
    return goOn(work, ['prepare', 'coder'])
  })
  return { engine, log, attempts, worker: startWorker(engine, 2, () => {}) }
}

async function cancel(ctx: ServiceContext, engine: Engine, run: string): Promise<void> {
  await signalRun({ ctx, input: { run, kind: 'cancel' } })
  engine.check(run)
}

describeDatabases((open) => {
  test('of a run that is cancelled and retried at once, one step ends before the next, and the next cancel is felt', async () => {
    const ctx = contextOf(await open())
    const run = await someRun(ctx)
    const { engine, log, attempts, worker } = twoSlots(ctx.db)
    await until(() => attempts.length === 1)
    await cancel(ctx, engine, run)
    await signalRun({ ctx, input: { run, kind: 'retry' } })
    worker.wake()
    await until(() => attempts.length === 2 && log.includes('ends 1'))
    expect(log).toEqual(['begins 1', 'ends 1', 'begins 2'])
    // The first attempt's slot tidies up after itself.
    await sleep(200)
    await cancel(ctx, engine, run)
    expect(await felt((attempts[1] as Work).signal)).toBe('felt')
    await worker.stop()
  })
})
