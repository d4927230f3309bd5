import { Client, type Connection } from '@temporalio/client'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import { grpcTls, type TemporalSettings } from './connection'
import type { Activities } from './contract'
import { stepsQueue } from './contract'
import { makeCurrent, versionOf } from './deployment'

export interface TemporalWorkerOptions {
  readonly settings: TemporalSettings
  /** For calls beside the polling. */
  readonly connection: Connection
  readonly bundle: { readonly code: string; readonly buildId: string }
  readonly activities: Activities
  /** Steps at once in this process. */
  readonly concurrency: number
  /** `host:pid:start`. */
  readonly identity: string
  /** A step's silence may last so long, in milliseconds: heartbeats are sent at least four times in it. */
  readonly heartbeatMs: number
  /** How long a stopped step may need until it is cut off, in milliseconds: more than its model call's grace. */
  readonly drainMs: number
  readonly onError: (message: string, error: unknown) => void
}

export interface TemporalWorker {
  /** Polling, as far as is known. */
  readonly running: boolean
  /** Takes nothing new; resolves when what was under way has ended or was handed back. */
  stop(): Promise<void>
}

/** Beyond `drainMs`: for the last answers to reach the server. */
const LAST_MS = 5_000
const AGAIN_MS = 3_000
/** Each open poll of a worker that falls asleep swallows one task, until that times out: no more than are needed. */
const POLLS = 2
/** Until a workflow that waits for the worker which knows it is given to any other. */
const STICKY_MS = 5_000

/**
 * Polls Temporal until it is stopped, in two workers: workflows with their short activities, and steps. When they
 * fail (a namespace that was deleted, a server that was replaced) they are made anew.
 */
export function startTemporalWorker(options: TemporalWorkerOptions): TemporalWorker {
  const stopping = new AbortController()
  let workers: readonly Worker[] = []
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      let native: NativeConnection | undefined
      try {
        native = await connect(options.settings)
        workers = await createWorkers(options, native)
        await makeOurs(options)
        if (!stopping.signal.aborted) await runAll(workers)
      } catch (error) {
        options.onError('the Temporal worker stopped', error)
        await pause(AGAIN_MS, stopping.signal)
      } finally {
        workers = []
        await native?.close().catch((error: unknown) => options.onError('a connection was not closed', error))
      }
    }
  }
  const done = work()
  return {
    get running() {
      return workers.some((worker) => worker.getState() === 'RUNNING')
    },
    async stop() {
      stopping.abort()
      shutDown(workers)
      await done
    },
  }
}

function connect({ address, tls, apiKey }: TemporalSettings): Promise<NativeConnection> {
  return NativeConnection.connect({ address, tls: grpcTls(tls), ...(apiKey === undefined ? {} : { apiKey }) })
}

async function createWorkers(
  options: TemporalWorkerOptions,
  connection: NativeConnection,
): Promise<Worker[]> {
  const { settings, bundle, activities, concurrency, identity, heartbeatMs, drainMs } = options
  const { namespace, taskQueue } = settings
  const { step, ...short } = activities
  const common = {
    connection,
    namespace,
    identity,
    workerDeploymentOptions: {
      useWorkerVersioning: true,
      version: versionOf(taskQueue, bundle.buildId),
      defaultVersioningBehavior: 'AUTO_UPGRADE',
    },
    stickyQueueScheduleToStartTimeout: STICKY_MS,
    shutdownGraceTime: drainMs,
    shutdownForceTime: drainMs + LAST_MS,
    maxHeartbeatThrottleInterval: Math.max(100, heartbeatMs / 4),
  } as const
  return Promise.all([
    Worker.create({
      ...common,
      taskQueue,
      workflowBundle: { code: bundle.code },
      activities: short,
      maxConcurrentWorkflowTaskPolls: POLLS,
      maxConcurrentActivityTaskPolls: POLLS,
    }),
    Worker.create({
      ...common,
      taskQueue: stepsQueue(taskQueue),
      activities: { step },
      maxConcurrentActivityTaskExecutions: concurrency,
      maxConcurrentActivityTaskPolls: Math.min(POLLS, concurrency),
    }),
  ])
}

async function makeOurs({ connection, settings, bundle, onError }: TemporalWorkerOptions): Promise<void> {
  const client = new Client({ connection, namespace: settings.namespace })
  const ours = await makeCurrent(client, settings.namespace, versionOf(settings.taskQueue, bundle.buildId))
  if (!ours)
    onError('a later version of DevPilot drives runs now; this worker waits', new Error(bundle.buildId))
}

/** When one ends, the other has nothing to live for. */
async function runAll(workers: readonly Worker[]): Promise<void> {
  await Promise.all(
    workers.map(async (worker) => {
      try {
        await worker.run()
      } finally {
        shutDown(workers)
      }
    }),
  )
}

function shutDown(workers: readonly Worker[]): void {
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown()
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(resolve, ms)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}

/**
 * The SDK's own log, by ours. Once a process, before any worker; a second call is an error of the SDK's.
 */
export function installLogger(
  log: (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void,
): void {
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
      const error = meta?.error instanceof Error ? `: ${meta.error.message}` : ''
      log(level === 'ERROR' ? 'error' : level === 'WARN' ? 'warn' : 'info', `Temporal: ${message}${error}`)
    }),
    // The program has its own handlers, which hand runs back first.
    shutdownSignals: [],
  })
}
