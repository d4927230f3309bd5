import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { type Db, firstRow } from '@/lib/db/client'
import { newerDatabase, newerMigration } from '@/lib/db/migrate'
import { processId } from '@/lib/db/process'
import { createEngine } from '@/lib/engine/engine'
import type { Claim } from '@/lib/engine/store'
import { env } from '@/lib/env'
import { AppError, toAppError } from '@/lib/errors'
import { log } from '@/lib/log'
import type { Runtime } from '@/lib/runtime'
import { deliver } from './duties'
import { copyingStore, embeddedEngine } from './engine'
import { gitProblem } from './git-here'
import { handleWebhooksHere } from './webhooks/here'

/** `maxDuration` of the route, less what settling and telling people may take. */
const WHOLE_MS = 300_000 - 25_000
const TELL_MS = 10_000

/**
 * What is under way when a slice ends may take so long still, in milliseconds: a model call that is cut off is paid
 * and made again, so that slices in which none ever ends would never come further.
 */
export function sliceGraceMs(ms: number): number {
  return Math.max(0, WHOLE_MS - ms)
}

/** Runs at a time: mostly waiting for a model. */
const SLOTS = 2
/** Work that is due so soon is waited for instead of left to the next slice. */
const WAIT_MS = 10_000
/** Not a slice: it ends when no gate is due. */
const GATES_MS = 30_000

export interface SliceReport {
  readonly steps: number
  /** Until there is more to do; null: until somebody wakes a run. */
  readonly nextDueInMs: number | null
  readonly problem: string | null
}

/**
 * Works on due runs for so long; then begins no step and no turn any more, and gives back what is not done.
 * @param ms of the slice; a call that is under way may take `graceMs` longer
 */
export async function runSlice(
  runtime: Runtime,
  ms: number,
  graceMs = sliceGraceMs(ms),
): Promise<SliceReport> {
  const problem =
    env().DEVPILOT_ENGINE === 'temporal'
      ? 'Temporal drives the runs of this installation.'
      : ((await newerProblem(runtime)) ?? (await gitProblem()))
  if (problem !== null) return { steps: 0, nextDueInMs: null, problem }
  const engine = embeddedEngine(runtime)
  // Not the clock: it may be set while we work.
  const now = () => performance.now()
  const until = now() + ms
  // First: what they start is worked on in this slice.
  try {
    await handleWebhooksHere(runtime, AbortSignal.timeout(TELL_MS))
  } catch (error) {
    log('warn', 'webhooks will be worked on in the next slice', { error: String(error) })
  }
  let steps = 0
  const slot = async (): Promise<number | null> => {
    for (;;) {
      const done = await engine.tick({ now, until, graceMs })
      steps += done.steps
      const wait = done.nextDueInMs
      if (wait === null || wait > WAIT_MS || now() + wait >= until) return wait
      await sleep(Math.max(50, wait))
    }
  }
  const waits = await Promise.all(Array.from({ length: SLOTS }, slot))
  await deliver(runtime.database.db, AbortSignal.timeout(TELL_MS))
  const known = waits.filter((wait) => wait !== null)
  return { steps, nextDueInMs: known.length > 0 ? Math.min(...known) : null, problem: null }
}

/** Lets the gates lapse whose time is over, and does nothing else. Returns how many. */
export async function lapseGates(runtime: Runtime): Promise<number> {
  const { db } = runtime.database
  const engine = createEngine({
    store: {
      ...copyingStore(db, runtime.home),
      // Gates alone: nothing of what a run does next belongs here.
      takeUp: async ({ owner, leaseMs }) => {
        const claim = await claimDueGate(db, owner, leaseMs)
        return claim ? { claim, run: null, more: false } : { nextDueInMs: null }
      },
    },
    runStep: () => Promise.reject(new AppError('internal', 'A gate that lapses has no step.')),
    owner: processId(),
    toError: toAppError,
    random: Math.random,
    onError: (message, error) => log('error', message, { error: String(error) }),
  })
  const { steps } = await engine.tick({ now: () => 0, until: GATES_MS })
  return steps
}

/** A function outlives a deployment while requests keep it warm. */
async function newerProblem({ database }: Runtime): Promise<string | null> {
  const name = await newerMigration(database.db)
  return name === null ? null : newerDatabase(name).message
}

/** Only a job that waits for a time: what a person decided meanwhile is `ready`, and is not ours. */
async function claimDueGate(db: Db, owner: string, leaseMs: number): Promise<Claim | null> {
  const row = firstRow(
    await db.execute(sql`
      update jobs set state = 'leased', due_at = null, lease_owner = ${owner}, lease_token = lease_token + 1,
        lease_until = now() + ${`${leaseMs} milliseconds`}::interval
      where id = (select j.id from jobs j join agent_runs r on r.id = j.run_id
        where j.state = 'delayed' and j.due_at <= now() + interval '1 millisecond' and r.status = 'waiting_gate'
        order by j.due_at limit 1 for update of j skip locked)
      returning id, run_id, lease_token, failures`),
  )
  if (!row) return null
  return {
    jobId: String(row.id),
    runId: String(row.run_id),
    token: Number(row.lease_token),
    owner,
    failures: Number(row.failures),
  }
}
