import { MICROS_PER_DOLLAR } from '@/lib/core/budget'
import type { RunRecord } from '@/lib/core/record'
import { isEnded } from '@/lib/core/status'
import type { Db } from '@/lib/db/client'
import { processId } from '@/lib/db/process'
import { type CappedStore, createStore } from '@/lib/db/store'
import { reopenAbandoned } from '@/lib/db/temporal'
import { createEngine, type Engine, type StepRunner } from '@/lib/engine/engine'
import type { Settlement } from '@/lib/engine/store'
import { startWorker, type Worker } from '@/lib/engine/worker'
import { env } from '@/lib/env'
import { toAppError } from '@/lib/errors'
import { log } from '@/lib/log'
import type { Runtime } from '@/lib/runtime'
import { stepOf } from '@/lib/steps'
import type { ScaffoldFiles } from '@/lib/steps/scaffold'
import { parseConfig } from '@/lib/workspace/config/parse'
import { selectSandbox } from '@/lib/workspace/sandbox/select'
import { history } from '@/lib/workspace/scaffold/about'
import { scaffoldFiles } from '@/lib/workspace/scaffold/scaffold'
import { copyAudit } from './audit-copy'
import { stepContext } from './context'
import { runDuties } from './duties'
import { freeDeadLeases } from './reconcile'
import { keepSeen } from './seen'
import { supersededHealth } from './superseded'
import { sweepCheckouts } from './sweep'

/** The embedded engine over a runtime's database, with this program's steps. */
export function embeddedEngine(runtime: Runtime, graceMs?: number): Engine {
  const { db } = runtime.database
  return createEngine({
    store: copyingStore(db, runtime.home),
    owner: processId(),
    ...(graceMs === undefined ? {} : { graceMs }),
    toError: toAppError,
    random: Math.random,
    onError: (message, error) => log('error', message, { error: String(error) }),
    runStep: stepRunner(runtime),
  })
}

/** This program's steps, for either engine. */
export function stepRunner({ database: { db }, home }: Runtime): StepRunner {
  return async ({ claim, run, bead, ...signals }) => {
    const { step } = run.state
    if (step === 'end') throw toAppError(new Error('the run has ended'))
    const context = stepContext({ db, home, claim, run, bead, ...signals })
    const result = await stepOf(step, { scaffoldFiles: scaffoldOf(run), checkConfig: parseConfig })(context)
    if (result.outcome.kind !== 'prepared') return result
    const { budget, pipeline } = (await context.bench()).config
    const perRunMicros = Math.round(budget.per_run_usd * MICROS_PER_DOLLAR)
    const maxActive = pipeline.max_concurrent_runs ?? null
    return { ...result, run: { ...result.run, perRunMicros, maxActive } }
  }
}

/** The store, which also keeps the readable copy of the audit log up to date, and the disk clear of ended runs. */
export function copyingStore(db: Db, home: string): CappedStore {
  const { DEVPILOT_MAX_ACTIVE: maxActive, DEVPILOT_MAX_ACTIVE_PER_REPOSITORY: each } = env()
  const store = createStore(db, { maxActive, maxActivePerRepository: each })
  return {
    ...store,
    settle: async (claim, settlement, keep) => {
      const work = await store.settle(claim, settlement, keep)
      await afterSettling(db, home, settlement)
      return work
    },
    lapse: async (claim, run, next) => {
      await store.lapse(claim, run, next)
      await copyAudit(db, run)
    },
  }
}

/** What follows a settled step on this machine; the step itself is committed. */
export async function afterSettling(db: Db, home: string, { run, next }: Settlement): Promise<void> {
  await copyAudit(db, run)
  if (isEnded(next.status)) await swept(sweepCheckouts(db, home))
}

/** What a sweep could not do is done by the next one: it stops no work. */
async function swept(sweep: Promise<unknown>): Promise<void> {
  try {
    await sweep
  } catch (error) {
    log('warn', 'what ended runs left could not be removed', { error: String(error) })
  }
}

/** The drafts of `scaffold`, from the base branch's files and history. */
function scaffoldOf({ repository }: RunRecord): ScaffoldFiles {
  return async (read, files, { mirror, commit, mainBranch }) => {
    const origin = repository.forge === 'local' ? {} : { originUrl: repository.source }
    const about = { name: repository.name, mainBranch, ...origin, ...(await history(mirror, commit)) }
    return scaffoldFiles({ files, read }, about)
  }
}

/** Starts working on runs in this process and hangs the engine on the runtime. */
export async function startEngine(runtime: Runtime, { concurrency, graceMs }: WorkerOptions): Promise<void> {
  if (runtime.engine) return
  if (env().DEVPILOT_ENGINE === 'temporal') {
    // Loaded only where it is chosen: it brings a native library and webpack along.
    const { startTemporalEngine } = await import('./temporal')
    return startTemporalEngine(runtime, { concurrency, graceMs })
  }
  const { database, events } = runtime
  // Before the first claim: what a killed process of this machine had goes on at once, not when its lease is over.
  await freeDeadLeases({ db: database.db, owner: processId(), alone: database.driver === 'pglite' })
  const engine = embeddedEngine(runtime, graceMs)
  const wakes: { worker?: Worker } = {}
  // First what may fail: a start that is tried again must leave no worker behind.
  const followed = await events.subscribe(
    (batch) => {
      for (const { runId, kind, data } of batch) {
        if (kind === 'run' && data.status !== 'running') engine.check(runId)
        if (kind === 'run' && data.ready === true) wakes.worker?.wake()
      }
    },
    () => {},
  )
  const seen = await keepSeen(database.db, { engine: 'embedded', concurrency })
  const worker = startWorker(engine, concurrency, (error) =>
    log('error', 'the worker could not look for work', { error: String(error) }),
  )
  wakes.worker = worker
  const duties = runDuties(runtime)
  let state: 'running' | 'stopped' = 'running'
  const { sandbox } = await selectSandbox({ choice: 'auto' })
  runtime.engine = {
    name: 'embedded',
    sandbox: sandbox?.name ?? 'none found',
    worker: () => state,
    wake: () => worker.wake(),
    attend: (duty) => duties.now(duty),
    health: async () => supersededHealth(runtime) ?? { ok: true, detail: null },
    reconcile: () => reopenAbandoned(database.db),
    async stop() {
      state = 'stopped'
      followed.stop()
      await seen.draining()
      await worker.stop()
      await duties.stop()
      await seen.gone()
    },
  }
}

export interface WorkerOptions {
  /** Runs at a time. */
  readonly concurrency: number
  /** How long a step may still take when the worker is stopped, in milliseconds. */
  readonly graceMs?: number | undefined
}
