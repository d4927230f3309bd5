import { setTimeout as sleep } from 'node:timers/promises'
import { localContext } from '@/lib/edge/local'
import { getRuntime } from '@/lib/runtime'
import { exportAudit } from '@/lib/services/audit/export'
import { listAudit } from '@/lib/services/audit/list'
import { verifyAudit } from '@/lib/services/audit/verify'
import type { ServiceContext } from '@/lib/services/context'
import { decideGate } from '@/lib/services/gates/decide'
import { getGate } from '@/lib/services/gates/get'
import { listGates } from '@/lib/services/gates/list'
import { createKey } from '@/lib/services/keys/create'
import { listKeys } from '@/lib/services/keys/list'
import { revokeKey } from '@/lib/services/keys/revoke'
import { listEvents } from '@/lib/services/runs/events'
import { forkRun } from '@/lib/services/runs/fork'
import { getRun } from '@/lib/services/runs/get'
import { ingestRun } from '@/lib/services/runs/ingest'
import { listRuns } from '@/lib/services/runs/list'
import { replayRun } from '@/lib/services/runs/replay'
import { requeueRuns } from '@/lib/services/runs/requeue'
import { signalRun } from '@/lib/services/runs/signal'
import { startRun } from '@/lib/services/runs/start'
import { listSchedules } from '@/lib/services/schedules/list'
import { getStats } from '@/lib/services/stats/get'
import type { RunEvent } from '@/lib/services/views'
import type { Api } from './api'

const LOOK_MS = 250
/** Empty rounds between two empty batches. */
const ROUNDS = 8

/** The same services in this process, on the database of this installation. */
export async function localApi(): Promise<Api> {
  const runtime = await getRuntime()
  const ctx = await localContext(runtime)
  return {
    kind: 'process',
    pages: null,
    startRun: async (input, follow = false) => {
      const { startCheck, worksAlone } = await import('@/lib/runtime/start-check')
      return startRun({ ctx, input, check: startCheck(follow && worksAlone(runtime)) })
    },
    listRuns: (input) => listRuns({ ctx, input }),
    getRun: (run) => getRun({ ctx, input: { run } }),
    signalRun: (kind, run, body) => signalRun({ ctx, input: { ...body, kind, run } }),
    // What reads prompts and configurations is loaded by those who bring some.
    forkRun: async (run, body) => {
      const { forkReaders: readers } = await import('@/lib/runtime/fork')
      return forkRun({ ctx, input: { ...body, run }, readers })
    },
    replayRun: async (run, body) => {
      const { replayer } = await import('@/lib/runtime/replay')
      return replayRun({ ctx, input: { ...body, run }, replayer: replayer(ctx.home) })
    },
    requeueRuns: (input) => requeueRuns({ ctx, input }),
    events: (run, after, signal) => follow(ctx, run, after, signal),
    listGates: (input) => listGates({ ctx, input }),
    getGate: (gate) => getGate({ ctx, input: { gate } }),
    decideGate: (gate, body) => decideGate({ ctx, input: { ...body, gate } }),
    listSchedules: (input) => listSchedules({ ctx, input }),
    listKeys: (input) => listKeys({ ctx, input }),
    createKey: (input) => createKey({ ctx, input }),
    revokeKey: (key) => revokeKey({ ctx, input: { key } }),
    listAudit: (input) => listAudit({ ctx, input }),
    verifyAudit: (run) => verifyAudit({ ctx, input: { run } }),
    exportAudit: (input) => exportAudit({ ctx, input }),
    stats: () => getStats({ ctx }),
    ingest: async (log) => {
      await ingestRun({ ctx, input: log })
    },
    work: async () => {
      // Opened once; loaded only by commands that work, because it brings models and sandboxes along.
      if (runtime.engine) return
      const { startEngine } = await import('@/lib/runtime/engine')
      await startEngine(runtime, { concurrency: 1 })
    },
    close: () => runtime.close(),
  }
}

/** Looks for new events four times a second: the database is in this very process. */
async function* follow(
  ctx: ServiceContext,
  run: string,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<readonly RunEvent[]> {
  let last = after
  let empty = 0
  while (!signal.aborted) {
    const batch = await listEvents({ ctx, input: { run, after: last } })
    last = batch.at(-1)?.id ?? last
    empty = batch.length > 0 ? 0 : empty + 1
    if (batch.length > 0 || empty % ROUNDS === 1) yield batch
    if (batch.length === 0) await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined)
  }
}
