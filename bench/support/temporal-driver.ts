import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from '@temporalio/client'
import type { RunState } from '@/lib/core/run'
import type { Db } from '@/lib/db/client'
import type { CappedStore } from '@/lib/db/store'
import { createTemporalStore, temporalOwner } from '@/lib/db/temporal'
import type { StepRunner } from '@/lib/engine/engine'
import { GRACE_MS } from '@/lib/engine/signals'
import { createActivities } from '@/lib/engine/temporal/activities'
import { workflowBundle } from '@/lib/engine/temporal/bundle'
import { lazyConnection, type TemporalSettings } from '@/lib/engine/temporal/connection'
import { BEAT_MS, HEARTBEAT_MS } from '@/lib/engine/temporal/contract'
import { createHealth } from '@/lib/engine/temporal/health'
import { createPump } from '@/lib/engine/temporal/pump'
import { mendLeases } from '@/lib/engine/temporal/reconcile'
import type { TemporalStore } from '@/lib/engine/temporal/store'
import { installLogger, startTemporalWorker } from '@/lib/engine/temporal/worker'
import { startWorker, type Worker } from '@/lib/engine/worker'
import { toAppError } from '@/lib/errors'
import { redacted } from '@/lib/log'
import { packageRoot } from '@/lib/root'

export interface TemporalDriving {
  readonly db: Db
  readonly store: CappedStore
  readonly runStep: StepRunner
  readonly address: string
  readonly concurrency: number
  readonly onError: (message: string, error: unknown) => void
  /** Told of every state that was committed. */
  readonly onSettled?: (runId: string, next: RunState) => void
  /** After this silence of a worker its steps are given to another; absent: as shipped. */
  readonly heartbeatMs?: number | undefined
}

/** DevPilot's second driver with steps of the bench: the pump, the workflow, a worker of Temporal's. */
export async function driveByTemporal(driving: TemporalDriving): Promise<Worker> {
  const { db, runStep, address, concurrency, onError, heartbeatMs = HEARTBEAT_MS } = driving
  installLogger((level, message) => {
    if (level === 'error') onError(message, null)
  })
  const taskQueue = 'bench'
  const settings: TemporalSettings = {
    address,
    namespace: 'default',
    taskQueue,
    tls: null,
    apiKey: undefined,
  }
  const connection = lazyConnection(settings)
  const client = new Client({ connection, namespace: settings.namespace })
  const kept = createTemporalStore(db, driving.store)
  const store: TemporalStore = {
    ...kept,
    async settleHolding(claim, settlement) {
      const goesOn = await kept.settleHolding(claim, settlement)
      driving.onSettled?.(claim.runId, settlement.next)
      return goesOn
    },
  }
  const stopping = new AbortController()
  const health = createHealth(connection)
  const ports = { store, client, health, taskQueue, heartbeatMs, newOwner: temporalOwner, onError }
  const pump = startWorker(createPump(ports), 1, (error) =>
    onError('ready runs could not be looked for', error),
  )
  const worker = startTemporalWorker({
    settings,
    connection,
    bundle: await workflowBundle(packageRoot(), join(tmpdir(), 'devpilot-bench-workflows')),
    activities: createActivities({
      store,
      runStep,
      toError: toAppError,
      random: Math.random,
      onError,
      redacted,
      stopping: stopping.signal,
      beatMs: Math.min(BEAT_MS, heartbeatMs / 4),
      graceMs: GRACE_MS,
    }),
    concurrency,
    identity: `bench:${process.pid}`,
    heartbeatMs,
    drainMs: GRACE_MS + 1_000,
    onError,
  })
  const mending = setInterval(
    () => mendLeases(store, client).catch((error: unknown) => onError('leases could not be mended', error)),
    60_000,
  )
  return {
    wake: pump.wake,
    async stop() {
      clearInterval(mending)
      stopping.abort()
      await Promise.all([pump.stop(), worker.stop()])
      await connection.close()
    },
  }
}
