/** A worker that is there to be killed: forked by bench/crash.ts with what `workerGivenSchema` says. */
import { openDatabase } from '@/lib/db/client'
import { processId } from '@/lib/db/process'
import { createStore } from '@/lib/db/store'
import { createEngine, type StepRunner } from '@/lib/engine/engine'
import { startWorker, type Worker } from '@/lib/engine/worker'
import { toAppError } from '@/lib/errors'
import { freeDeadLeases } from '@/lib/runtime/reconcile'
import { contextOf } from '@/tests/support/services'
import { type WorkerSaid, workerGivenSchema } from './messages'
import { approveAll, ask, askedRuns, counts } from './people'
import { benchSteps, watched } from './steps'

const given = workerGivenSchema.parse(JSON.parse(process.argv[2] ?? '{}'))
const say = (said: WorkerSaid): void => {
  process.send?.(said)
}
const onStale = (call: string) => say({ kind: 'stale', call })
const onError = (what: unknown, error?: unknown) =>
  say({ kind: 'error', message: `${String(what)} ${String(error ?? '')}` })
const { home, token, concurrency, alone, leaseMs } = given
const database = await openDatabase({ home, url: given.url ?? undefined })
const { db } = database
const world = `${given.world}/w/${process.pid}`
const store = watched(createStore(db), 'store', onStale)
const steps = benchSteps({ db, home, world, token, onStale })
const runStep: StepRunner = async (work) => {
  say({ kind: 'step', run: work.run.id, on: true })
  try {
    return await steps(work)
  } finally {
    say({ kind: 'step', run: work.run.id, on: false })
  }
}

/** As `startEngine` begins it; apart: as if it were alone on its machine, so that leases of the dead must lapse. */
async function embedded(): Promise<Worker> {
  const owner = given.apart ? `machine-${process.pid}:${process.pid}:0` : processId()
  if (!given.apart) await freeDeadLeases({ db, owner, alone: database.driver === 'pglite' })
  const lease = leaseMs === null ? {} : { leaseMs }
  const engine = createEngine({
    store,
    runStep,
    owner,
    toError: toAppError,
    random: Math.random,
    onError,
    ...lease,
  })
  return startWorker(engine, concurrency, (error) => onError('the worker could not look for work', error))
}

async function onTemporal(address: string): Promise<Worker> {
  const { driveByTemporal } = await import('../support/temporal-driver')
  return driveByTemporal({
    db,
    store,
    runStep,
    address,
    concurrency,
    onError,
    heartbeatMs: leaseMs ?? undefined,
  })
}

const worker = given.temporal === null ? await embedded() : await onTemporal(given.temporal)
process.once('disconnect', () => process.exit(0))
say({ kind: 'up' })

if (alone) {
  const ctx = { ...contextOf({ database, home }), wake: () => worker.wake() }
  // Its predecessor may have died between the acceptance of a run and the word of it.
  for (const run of await askedRuns(db)) say({ kind: 'started', run })
  for (;;) {
    await approveAll(ctx).catch((error: unknown) => onError('the gates could not be decided', error))
    const { asked, open } = await counts(db)
    if (asked < alone.runs && open < concurrency) say({ kind: 'started', run: await ask(ctx, asked + 1) })
    else {
      say({ kind: 'left', runs: open })
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}
