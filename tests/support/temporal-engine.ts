import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, type Connection, type WorkflowHandle } from '@temporalio/client'
import { DefaultLogger, Runtime } from '@temporalio/worker'
import { sql } from 'drizzle-orm'
import type { Caps } from '@/lib/db/caps'
import { type Db, firstRow } from '@/lib/db/client'
import { createStore } from '@/lib/db/store'
import { createTemporalStore, temporalOwner } from '@/lib/db/temporal'
import type { StepRunner } from '@/lib/engine/engine'
import { createActivities } from '@/lib/engine/temporal/activities'
import { type Bundle, workflowBundle } from '@/lib/engine/temporal/bundle'
import { lazyConnection, type TemporalSettings } from '@/lib/engine/temporal/connection'
import { createHealth } from '@/lib/engine/temporal/health'
import { createPump } from '@/lib/engine/temporal/pump'
import type { TemporalStore } from '@/lib/engine/temporal/store'
import { startTemporalWorker } from '@/lib/engine/temporal/worker'
import { toAppError } from '@/lib/errors'
import { redacted } from '@/lib/log'
import { packageRoot } from '@/lib/root'

let quiet = false

/** The SDK speaks once a process, and in tests not at all. */
export function quietTemporal(): void {
  if (quiet) return
  quiet = true
  Runtime.install({ logger: new DefaultLogger('ERROR', () => {}), shutdownSignals: [] })
}

export function testBundle(): Promise<Bundle> {
  return workflowBundle(packageRoot(), join(tmpdir(), 'devpilot-test-workflows'))
}

export interface TemporalParts {
  readonly address: string
  readonly taskQueue: string
  readonly namespace?: string
  readonly heartbeatMs?: number
  readonly maxEvents?: number
  readonly concurrency?: number
  /** Stands in for the store's own while the workflow asks for a claim. */
  readonly claimRun?: TemporalStore['claimRun']
  readonly caps?: Caps
  readonly onError?: (message: string, error: unknown) => void
}

export interface DrivenByTemporal {
  readonly client: Client
  readonly connection: Connection
  /** Hands over what is ready now. */
  hand(): Promise<void>
  /** Steps that were begun. */
  readonly steps: () => number
  /** Hands over what is ready until nothing is ready or under way. */
  quiet(): Promise<void>
  stop(): Promise<void>
}

/**
 * A workflow's first claim, which somebody else's comes just before, and its answer, which is held back.
 * @returns what to give as `claimRun`; when it was asked; how to let it go on once a nudge of the run was heard
 */
export function heldClaim(store: TemporalStore) {
  const asked = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  let first = true
  const claimRun: TemporalStore['claimRun'] = async (input) => {
    if (first) {
      first = false
      await store.claimRun(input)
      asked.resolve()
      await held.promise
    }
    return store.claimRun(input)
  }
  const goOnOnceNudged = async (handle: WorkflowHandle): Promise<void> => {
    const isHeard = async () =>
      ((await handle.fetchHistory()).events ?? []).some(
        (event) => event.workflowExecutionUpdateAcceptedEventAttributes != null,
      )
    while (!(await isHeard())) await sleep(50)
    held.resolve()
  }
  return { claimRun, asked: asked.promise, goOnOnceNudged }
}

/** A pump and a worker of Temporal's over a database, with the steps of a test. */
export async function drivenByTemporal(
  db: Db,
  runner: StepRunner,
  parts: TemporalParts,
): Promise<DrivenByTemporal> {
  quietTemporal()
  const { address, taskQueue, namespace = 'default', heartbeatMs = 5_000, maxEvents, concurrency = 4 } = parts
  const settings: TemporalSettings = { address, namespace, taskQueue, tls: null, apiKey: undefined }
  const store = createTemporalStore(db, createStore(db, parts.caps))
  const connection = lazyConnection(settings)
  const client = new Client({ connection, namespace })
  const onError = (message: string, error: unknown) => parts.onError?.(message, error)
  const pump = createPump({
    store,
    client,
    health: createHealth(connection),
    taskQueue,
    heartbeatMs,
    ...(maxEvents === undefined ? {} : { maxEvents }),
    newOwner: temporalOwner,
    onError,
  })
  const stopping = new AbortController()
  let steps = 0
  const { claimRun = store.claimRun } = parts
  const activities = createActivities({
    store: { ...store, claimRun },
    runStep: (work) => {
      steps += 1
      return runner(work)
    },
    toError: toAppError,
    random: () => 0,
    onError,
    redacted,
    stopping: stopping.signal,
    beatMs: Math.min(500, heartbeatMs / 4),
    graceMs: 1_000,
  })
  const worker = startTemporalWorker({
    settings,
    connection,
    bundle: await testBundle(),
    activities,
    concurrency,
    identity: `test:${process.pid}`,
    heartbeatMs,
    drainMs: 3_000,
    onError,
  })
  const hand = async (): Promise<void> => {
    await pump.tick({ now: () => 0, until: Number.POSITIVE_INFINITY })
  }
  return {
    client,
    connection,
    hand,
    steps: () => steps,
    async quiet() {
      for (;;) {
        await hand()
        const row = firstRow(
          await db.execute(sql`select count(*)::int as busy from jobs
            where state in ('ready', 'leased') or (state = 'delayed' and due_at < now() + interval '5 seconds')`),
        )
        if (Number(row?.busy) === 0) return
        await sleep(20)
      }
    },
    async stop() {
      stopping.abort()
      await worker.stop()
      await connection.close()
    },
  }
}
