import { hostname } from 'node:os'
import { MICROS_PER_DOLLAR } from '@/lib/core/budget'
import type { RunRecord } from '@/lib/core/record'
import { isEnded } from '@/lib/core/status'
import type { Db } from '@/lib/db/client'
import { createStore } from '@/lib/db/store'
import { createEngine, type Engine } from '@/lib/engine/engine'
import type { Store } from '@/lib/engine/store'
import { startWorker } from '@/lib/engine/worker'
import { toAppError } from '@/lib/errors'
import { log } from '@/lib/log'
import type { Runtime } from '@/lib/runtime'
import { stepOf } from '@/lib/steps'
import type { ScaffoldFiles } from '@/lib/steps/scaffold'
import { selectSandbox } from '@/lib/workspace/sandbox/select'
import { history } from '@/lib/workspace/scaffold/about'
import { scaffoldFiles } from '@/lib/workspace/scaffold/scaffold'
import { copyAudit } from './audit-copy'
import { stepContext } from './context'
import { sweepCheckouts, sweepLayers } from './sweep'

/** The embedded engine over a runtime's database, with this program's steps. */
export function embeddedEngine(runtime: Runtime): Engine {
  const { db } = runtime.database
  return createEngine({
    store: copyingStore(db, runtime.home),
    owner: `${hostname()}:${process.pid}`,
    toError: toAppError,
    random: Math.random,
    onError: (message, error) => log('error', message, { error: String(error) }),
    async runStep({ claim, run, bead, ...signals }) {
      const { step } = run.state
      if (step === 'end') throw toAppError(new Error('the run has ended'))
      const context = stepContext({ db, home: runtime.home, claim, run, bead, ...signals })
      const result = await stepOf(step, { scaffoldFiles: scaffoldOf(run) })(context)
      if (result.outcome.kind !== 'prepared') return result
      const { budget } = (await context.bench()).config
      const perRunMicros = Math.round(budget.per_run_usd * MICROS_PER_DOLLAR)
      return { ...result, run: { ...result.run, perRunMicros } }
    },
  })
}

/** The store, which also keeps the readable copy of the audit log up to date, and the disk clear of ended runs. */
export function copyingStore(db: Db, home: string): Store {
  const store = createStore(db)
  return {
    ...store,
    settle: async (claim, settlement) => {
      await store.settle(claim, settlement)
      await copyAudit(db, settlement.run)
      if (isEnded(settlement.next.status)) await swept(sweepCheckouts(db, home))
    },
    lapse: async (claim, run, next) => {
      await store.lapse(claim, run, next)
      await copyAudit(db, run)
    },
  }
}

/** What a sweep could not do is done by the next one: it stops no work. */
async function swept(sweep: Promise<void>): Promise<void> {
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
export async function startEngine(runtime: Runtime, concurrency: number): Promise<void> {
  if (runtime.engine) return
  const worker = startWorker(embeddedEngine(runtime), concurrency, (error) =>
    log('error', 'the worker could not look for work', { error: String(error) }),
  )
  const { home, database } = runtime
  const sweeping = swept(sweepCheckouts(database.db, home).then(() => sweepLayers(home, Date.now())))
  let state: 'running' | 'stopped' = 'running'
  const { sandbox } = await selectSandbox({ choice: 'auto' })
  runtime.engine = {
    name: 'embedded',
    sandbox: sandbox?.name ?? 'none found',
    worker: () => state,
    wake: () => worker.wake(),
    async stop() {
      state = 'stopped'
      await worker.stop()
      await sweeping
    },
  }
}
