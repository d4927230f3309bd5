import { and, eq } from 'drizzle-orm'
import { gates } from '@/drizzle/schema'
import type { RunState } from '@/lib/core/run'
import { isEnded } from '@/lib/core/status'
import { type Database, openDatabase } from '@/lib/db/client'
import { type CappedStore, createStore } from '@/lib/db/store'
import { createEngine, type StepRunner } from '@/lib/engine/engine'
import type { Store } from '@/lib/engine/store'
import { startWorker, type Worker } from '@/lib/engine/worker'
import { toAppError } from '@/lib/errors'
import { recordDecision } from '@/lib/services/gates/decide'
import { startRun } from '@/lib/services/runs/start'
import { goOn, scriptedRunner } from '@/tests/support/scripted-engine'
import { contextOf } from '@/tests/support/services'
import { gatePolicy } from '@/tests/support/walk'
import { driveByTemporal } from '../support/temporal-driver'
import { phases } from './profile'
import { type Given, STEPS, type Subject } from './subject'

export const openPostgres = async (given: Given): Promise<Subject> =>
  devpilot(await openDatabase({ url: given.url, home: given.home }), given, inProcess)

export const openPglite = async (given: Given): Promise<Subject> =>
  devpilot(await openDatabase({ home: given.home }), given, inProcess)

export const openOnTemporal = async (given: Given): Promise<Subject> =>
  devpilot(await openDatabase({ url: given.url, home: given.home }), given, byTemporal)

const onError = (...what: unknown[]) => console.error(...what)

interface Driving {
  readonly database: Database
  readonly given: Given
  readonly store: CappedStore
  readonly runStep: StepRunner
  readonly onSettled: (runId: string, next: RunState) => void
}
/** Who drives the runs: claims them, does their steps, and is woken. */
type Drive = (driving: Driving) => Promise<Worker>

/** The engine as it is shipped: its store, and a worker with a slot for each run at once. */
const inProcess: Drive = async ({ given, runStep, onSettled, ...driving }) => {
  const settle: Store['settle'] = async (claim, settlement, keep) => {
    const work = await driving.store.settle(claim, settlement, keep)
    onSettled(claim.runId, settlement.next)
    return work
  }
  const store = new Proxy(driving.store, {
    get: (target, name) => (name === 'settle' ? settle : Reflect.get(target, name)),
  })
  const owner = `bench:${process.pid}`
  const engine = createEngine({ store, runStep, owner, toError: toAppError, random: Math.random, onError })
  return startWorker(engine, given.atOnce, onError)
}

/** The same steps as activities: the pump that hands ready runs over, and a Temporal worker. */
const byTemporal: Drive = ({ database, given, store, runStep, onSettled }) =>
  driveByTemporal({
    onSettled,
    db: database.db,
    store,
    runStep,
    address: given.temporal ?? '',
    concurrency: given.atOnce,
    onError,
  })

/** Runs through the services that people call, driven by one engine or the other. */
async function devpilot(database: Database, given: Given, drive: Drive): Promise<Subject> {
  const { home, stamp } = given
  const { db } = database
  const ends = new Map<string, PromiseWithResolvers<void>>()
  const endOf = (run: string): PromiseWithResolvers<void> => {
    const known = ends.get(run) ?? Promise.withResolvers<void>()
    ends.set(run, known)
    return known
  }
  const onSettled = (run: string, next: RunState): void => {
    if (next.status === 'waiting_gate') approve(run).catch(onError)
    if (isEnded(next.status)) endOf(run).resolve()
  }
  const limits = { gates: [gatePolicy('pre-merge-main')] }
  const worker = await drive({
    database,
    given,
    store: phases(createStore(db)),
    onSettled,
    runStep: scriptedRunner(db, (work) => {
      stamp(work.run.id)
      return goOn(work, STEPS, limits)
    }),
  })
  const ctx = { ...contextOf({ database, home }), wake: () => worker.wake() }
  const services = phases({ startRun, recordDecision })
  const approve = async (run: string): Promise<void> => {
    const [gate] = await db
      .select({ id: gates.id, evidence: gates.evidenceHash })
      .from(gates)
      .where(and(eq(gates.runId, run), eq(gates.status, 'waiting')))
    if (!gate) throw new Error('a run waits at a gate that is not there')
    const input = { gate: gate.id, decision: 'approve', evidence: gate.evidence } as const
    for (let tries = 1; ; tries += 1) {
      try {
        await services.recordDecision({ ctx, input })
        return
      } catch (error) {
        // As a person would press again.
        if (!toAppError(error).transient || tries === 10) throw error
        console.error(`a decision failed and is made again: ${String(error).split('\n')[0]}`)
      }
    }
  }
  return {
    async run() {
      const { id } = await services.startRun({ ctx, input: { repository: home, task: 'Nothing' } })
      await endOf(id).promise
      ends.delete(id)
    },
    async close() {
      await worker.stop()
      await database.close()
    },
  }
}
