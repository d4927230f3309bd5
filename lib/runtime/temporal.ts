import { join } from 'node:path'
import { Client, type Connection } from '@temporalio/client'
import { processId } from '@/lib/db/process'
import { createTemporalStore, temporalOwner } from '@/lib/db/temporal'
import { GRACE_MS } from '@/lib/engine/signals'
import {
  assertReachable,
  lazyConnection,
  type TemporalSettings,
  temporalSettings,
} from '@/lib/engine/temporal/connection'
import { BEAT_MS, HEARTBEAT_MS, workflowId } from '@/lib/engine/temporal/contract'
import { createHealth, type Health } from '@/lib/engine/temporal/health'
import { createPump } from '@/lib/engine/temporal/pump'
import { mendLeases } from '@/lib/engine/temporal/reconcile'
import type { TemporalWorker } from '@/lib/engine/temporal/worker'
import { startWorker, type Worker } from '@/lib/engine/worker'
import { env } from '@/lib/env'
import { toAppError } from '@/lib/errors'
import { log, redacted } from '@/lib/log'
import { packageRoot } from '@/lib/root'
import type { EngineHealth, Runtime } from '@/lib/runtime'
import { runDuties } from './duties'
import { afterSettling, copyingStore, stepRunner, type WorkerOptions } from './engine'
import { sandboxName } from './sandbox-name'
import { keepSeen } from './seen'
import { supersededHealth } from './superseded'

const onError = (message: string, error: unknown) => log('error', message, { error: messageOf(error) })

/**
 * Drives runs by Temporal, and hangs that on the runtime. The hand-over runs in every such process; steps are done
 * where `concurrency` is over 0, and there a Temporal that does not answer is an error at once.
 * @throws AppError('bad_config' | 'unavailable') that names the variable
 */
export async function startTemporalEngine(
  runtime: Runtime,
  { concurrency, graceMs = GRACE_MS }: WorkerOptions,
  settings: TemporalSettings = temporalSettings(env()),
): Promise<void> {
  const { database, home, events } = runtime
  const connection = lazyConnection(settings)
  const works = concurrency > 0
  if (works) await assertReachable(settings, connection)
  const wakes: { pump?: Worker } = {}
  // First what may fail: a start that is tried again must leave nothing at work.
  const followed = await events.subscribe(
    (batch) => {
      if (batch.some(({ kind, data }) => kind === 'run' && data.ready === true)) wakes.pump?.wake()
    },
    () => {},
  )
  const client = new Client({ connection, namespace: settings.namespace })
  const { db } = database
  const store = createTemporalStore(db, copyingStore(db, home), (done) => afterSettling(db, home, done))
  const health = createHealth(connection)
  const pump = startWorker(
    createPump({
      store,
      client,
      health,
      taskQueue: settings.taskQueue,
      heartbeatMs: HEARTBEAT_MS,
      newOwner: temporalOwner,
      onError,
    }),
    1,
    (error) => onError('ready runs could not be looked for', error),
  )
  wakes.pump = pump
  const stopping = new AbortController()
  const worker = works
    ? await steps({ runtime, settings, connection, concurrency, graceMs, store, stopping: stopping.signal })
    : null
  const seen = works ? await keepSeen(database.db, { engine: 'temporal', concurrency }) : null
  const duties = runDuties(runtime, works)
  let stopped = false
  runtime.engine = {
    name: 'temporal',
    sandbox: works ? await sandboxName() : 'unknown',
    worker: () => (stopped || worker?.running === false ? 'stopped' : 'running'),
    wake(runId) {
      pump.wake()
      if (runId !== undefined) void tell(client, health, runId)
    },
    attend: (duty) => duties.now(duty),
    health: async () => supersededHealth(runtime) ?? healthOf(health, settings),
    reconcile: () => mendLeases(store, client),
    async stop() {
      stopped = true
      followed.stop()
      await seen?.draining()
      stopping.abort()
      await Promise.all([pump.stop(), worker?.stop(), duties.stop()])
      await seen?.gone()
      await connection.close()
    },
  }
}

interface Steps {
  readonly runtime: Runtime
  readonly settings: TemporalSettings
  readonly connection: Connection
  readonly concurrency: number
  readonly graceMs: number
  readonly store: ReturnType<typeof createTemporalStore>
  readonly stopping: AbortSignal
}

/** The worker, with what only it needs: a native library, webpack. */
async function steps({
  runtime,
  settings,
  connection,
  concurrency,
  graceMs,
  store,
  stopping,
}: Steps): Promise<TemporalWorker> {
  const [{ createActivities }, { workflowBundle }, { installLogger, startTemporalWorker }] =
    await Promise.all([
      import('@/lib/engine/temporal/activities'),
      import('@/lib/engine/temporal/bundle'),
      import('@/lib/engine/temporal/worker'),
    ])
  installLogger((level, message) => log(level, message))
  const activities = createActivities({
    store,
    runStep: stepRunner(runtime),
    toError: toAppError,
    random: Math.random,
    onError,
    redacted,
    stopping,
    beatMs: BEAT_MS,
    graceMs,
  })
  return startTemporalWorker({
    settings,
    connection,
    bundle: await workflowBundle(packageRoot(), join(runtime.home, 'cache')),
    activities,
    concurrency,
    identity: processId(),
    drainMs: graceMs + 1_000,
    heartbeatMs: HEARTBEAT_MS,
    onError,
  })
}

/** Tells a run's workflow that a person changed it. Best effort: a step under way looks for itself, too. */
async function tell(client: Client, health: Health, runId: string): Promise<void> {
  if (health.awaySince) return
  try {
    await client.withDeadline(Date.now() + 5_000, () =>
      client.workflow.getHandle(workflowId(runId)).signal('changed'),
    )
  } catch (error) {
    // It may have ended, or never begun.
    log('debug', 'a workflow was not told of a change', { run: runId, error: messageOf(error) })
  }
}

async function healthOf(health: Health, { address }: TemporalSettings): Promise<EngineHealth> {
  if (await health.answers()) return { ok: true, detail: null }
  const since = health.awaySince?.toISOString().slice(11, 16) ?? 'a moment ago'
  const detail = `Temporal at ${address} has not answered since ${since} UTC: runs go on when it is back; new ones are accepted.`
  return { ok: false, detail }
}

/** Never a statement with its values. */
function messageOf(error: unknown): string {
  return toAppError(error).message
}
