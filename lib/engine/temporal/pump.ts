import { type Client, WorkflowIdConflictPolicy } from '@temporalio/client'
import type { Engine } from '../engine'
import { type Held, type RunInput, WORKFLOW, workflowId } from './contract'
import type { Health } from './health'
import type { TemporalStore } from './store'

export interface PumpOptions {
  readonly store: TemporalStore
  readonly client: Client
  readonly health: Health
  readonly taskQueue: string
  readonly heartbeatMs: number
  readonly maxEvents?: number
  /** An owner that no other claim has. */
  readonly newOwner: () => string
  readonly onError: (message: string, error: unknown) => void
}

/** A claim that was never confirmed (its pump died in between) ends by itself after so long. */
const HAND_OVER_MS = 60_000
/** A call of Temporal's may take so long. */
const DEADLINE_MS = 5_000
/** Deciding takes milliseconds: a worker that took a decision and sleeps is soon passed over. */
const WORKFLOW_TASK_MS = 5_000
/** Until a claim that Temporal did not take is tried again. */
const AGAIN_MS = 3_000

/**
 * Hands ready runs over to Temporal: the jobs' rows are the outbox. While Temporal is away nothing is claimed, and
 * what was claimed goes back, so that nothing is lost and nothing counted.
 */
export function createPump(options: PumpOptions): Pick<Engine, 'tick'> {
  const { store, health, newOwner } = options
  return {
    async tick({ now, until, signal }) {
      let steps = 0
      while (now() < until && !signal?.aborted) {
        if (!(await health.answers())) return { steps, nextDueInMs: AGAIN_MS }
        const claim = await store.claim({ owner: newOwner(), leaseMs: HAND_OVER_MS })
        if (!claim) return { steps, nextDueInMs: await store.nextDueInMs() }
        try {
          await handOver(options, claim)
        } catch (error) {
          health.failed(error)
          options.onError('Temporal did not take a run', error)
          await store.giveBack(claim, AGAIN_MS)
          return { steps, nextDueInMs: AGAIN_MS }
        }
        await store.confirm(claim)
        steps += 1
      }
      return { steps, nextDueInMs: 0 }
    },
  }
}

async function handOver(options: PumpOptions, { jobId, runId, token, owner }: Held): Promise<void> {
  const { client, taskQueue, heartbeatMs, maxEvents } = options
  const input: RunInput = { runId, heartbeatMs, ...(maxEvents === undefined ? {} : { maxEvents }) }
  const held: Held = { jobId, runId, token, owner }
  await client.withDeadline(Date.now() + DEADLINE_MS, () =>
    client.workflow.signalWithStart(WORKFLOW, {
      workflowId: workflowId(runId),
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
      taskQueue,
      args: [input],
      workflowTaskTimeout: WORKFLOW_TASK_MS,
      signal: 'wake',
      signalArgs: [held],
      staticSummary: `DevPilot run ${runId}`,
      memo: { run: runId },
    }),
  )
}
