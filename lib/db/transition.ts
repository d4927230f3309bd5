import { and, eq, type SQL, sql } from 'drizzle-orm'
import { jobs } from '@/drizzle/schema'
import type { Outcome } from '@/lib/core/outcome'
import { describeState, type RunState } from '@/lib/core/run'
import { assertTransition, isEnded, type RunStatus } from '@/lib/core/status'
import type { Actor } from '@/lib/core/trigger'
import { AppError } from '@/lib/errors'
import { auditDocument } from './audit'
import { callFunction } from './call'
import type { Tx } from './client'
import { eventDocument, eventsAdded, type RunEventInput } from './events'

export interface Transition {
  readonly runId: string
  readonly from: RunStatus
  readonly to: RunState
  readonly actor: Actor
  /** The audit action and what it says. */
  readonly action: string
  readonly data: Readonly<Record<string, unknown>>
  /**
   * When the run is next to be looked at: in so many ms, at a time, never by itself; `gate`: when the one that is open
   * lapses; `keep`: the lease goes on.
   */
  readonly due: { readonly inMs: number } | { readonly at: Date } | 'gate' | 'keep' | null
  /** The gate whose decision this is; it ends with its bead. */
  readonly decided?: {
    readonly gate: string
    readonly bead: string | null
    readonly status: 'approved' | 'rejected'
    readonly outcome: Outcome
  }
  /** Events that come before the run's own. */
  readonly events?: readonly Omit<RunEventInput, 'runId'>[]
  /** Set by the engine: the write counts only while this claim holds the lease. */
  readonly lease?: { readonly jobId: string; readonly token: number }
}

/**
 * The one way a run's state changes: status, state, next job, audit entry and live event in the caller's
 * transaction. The UPDATE names the status it expects, and the lease where the engine writes.
 * @throws AppError('lease_lost') when another worker has the run, 'conflict' when its status has changed.
 */
export async function transition(tx: Tx, change: Transition): Promise<void> {
  await callFunction(tx, 'devpilot_transition', transitionDocument(change))
  eventsAdded()
}

/** A change as `devpilot_transition` takes it. `patch` sets columns of the run beside its state. */
export function transitionDocument(
  change: Transition,
  patch?: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const { runId, from, to, actor, action, data, due, lease, decided, events = [] } = change
  assertTransition(from, to.status)
  const { status, step } = to
  const detail = describeState(to)
  const job = due === 'keep' ? null : jobDocument(due, to)
  return {
    run: runId,
    from,
    state: to,
    ...(isEnded(from) ? { was_ended: true } : {}),
    ...(isEnded(status) ? { ended: true, ending: detail } : {}),
    ...(patch ? { patch } : {}),
    ...(job ? { job } : {}),
    ...(lease ? { lease_job: lease.jobId, lease_token: lease.token } : {}),
    ...(decided ? { decided } : {}),
    audit: [auditDocument(runId, { actor, action, data })],
    events: [...events, { beadId: null, kind: 'run' as const, data: { status, step, detail } }].map(
      eventDocument,
    ),
  }
}

/** What becomes of the job: a run that was given up is dead until a person puts it back. */
function jobDocument(due: Exclude<Transition['due'], 'keep'>, to: RunState): Record<string, unknown> {
  if (to.status === 'failed' && to.error?.gaveUp) return { state: 'dead', dead: to.error.message }
  if (due === null) return { state: 'parked' }
  if (due === 'gate') return { state: 'gate' }
  if ('at' in due) return { state: 'delayed', at: due.at.toISOString() }
  return due.inMs === 0 ? { state: 'ready' } : { state: 'delayed', ms: due.inMs }
}

/** The job's row, as long as this claim holds it. */
export function heldBy(lease: { readonly jobId: string; readonly token: number }): SQL | undefined {
  return and(eq(jobs.id, lease.jobId), eq(jobs.leaseToken, lease.token), eq(jobs.state, 'leased'))
}

/**
 * Takes the job's row for this transaction and checks that the claim still holds it: fencing.
 * @throws AppError('lease_lost')
 */
export async function assertLease(
  tx: Tx,
  lease: { readonly jobId: string; readonly token: number },
): Promise<void> {
  const held = await tx.select({ id: jobs.id }).from(jobs).where(heldBy(lease)).for('update')
  if (held.length === 0) throw new AppError('lease_lost', 'Another worker has this run now.')
}

/** The database's day, in UTC. */
export const today = sql<string>`(now() at time zone 'UTC')::date`

/**
 * Adds an end to the day (UTC) of its repository.
 * @param by 1, or -1 to take it back before a run that ended goes on
 */
export async function countEnd(tx: Tx, runId: string, status: RunStatus, by: 1 | -1 = 1): Promise<void> {
  await tx.execute(sql`select devpilot_count_end(${runId}::uuid, ${status}, ${by})`)
}
