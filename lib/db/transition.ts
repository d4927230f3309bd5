import { and, eq, inArray, type SQL, sql } from 'drizzle-orm'
import { dailyStats, gates, jobs, runs } from '@/drizzle/schema'
import { describeState, type RunState } from '@/lib/core/run'
import { assertTransition, isEnded, type RunStatus } from '@/lib/core/status'
import type { Actor } from '@/lib/core/trigger'
import { AppError } from '@/lib/errors'
import { appendAudit } from './audit'
import type { Tx } from './client'
import { appendEvents } from './events'
import { settleOrphans } from './ledger'

export interface Transition {
  readonly runId: string
  readonly from: RunStatus
  readonly to: RunState
  readonly actor: Actor
  /** The audit action and what it says. */
  readonly action: string
  readonly data: Readonly<Record<string, unknown>>
  /** When the run is next to be looked at: in so many ms, at a time, never by itself; `keep`: the lease goes on. */
  readonly due: { readonly inMs: number } | { readonly at: Date } | 'keep' | null
  /** Set by the engine: the write counts only while this claim holds the lease. */
  readonly lease?: { readonly jobId: string; readonly token: number }
}

/**
 * The one way a run's state changes: status, state, next job, audit entry and live event in the caller's
 * transaction. The UPDATE names the status it expects, and the lease where the engine writes.
 * @throws AppError('lease_lost') when another worker has the run, 'conflict' when its status has changed.
 */
export async function transition(tx: Tx, change: Transition): Promise<void> {
  assertTransition(change.from, change.to.status)
  await updateJob(tx, change)
  const ended = isEnded(change.to.status)
  // Before the end is counted: what a call under way may have cost is part of it.
  if (ended) await settleOrphans(tx, change.runId, null)
  if (isEnded(change.from)) await countEnd(tx, change.runId, change.from, -1)
  const updated = await tx
    .update(runs)
    .set({
      status: change.to.status,
      step: change.to.step,
      state: change.to,
      ending: ended ? describeState(change.to) : null,
      target: change.to.target || null,
      updatedAt: sql`now()`,
      startedAt: sql`coalesce(${runs.startedAt}, now())`,
      endedAt: ended ? sql`now()` : null,
    })
    .where(and(eq(runs.id, change.runId), eq(runs.status, change.from)))
    .returning({ id: runs.id })
  if (updated.length === 0) throw new AppError('conflict', `The run is no longer ${change.from}.`)
  if (change.to.status !== 'waiting_gate') await closeGates(tx, change.runId)
  if (ended) await countEnd(tx, change.runId, change.to.status)
  await appendAudit(tx, {
    runId: change.runId,
    actor: change.actor,
    action: change.action,
    data: change.data,
  })
  const data = { status: change.to.status, step: change.to.step, detail: describeState(change.to) }
  await appendEvents(tx, [{ runId: change.runId, beadId: null, kind: 'run', data }])
}

async function updateJob(tx: Tx, { runId, to, due, lease }: Transition): Promise<void> {
  if (due === 'keep') {
    if (!lease) throw new AppError('internal', 'Only the holder of a lease can keep it.')
    return assertLease(tx, lease)
  }
  const held = lease ? heldBy(lease) : eq(jobs.runId, runId)
  const token = lease ? {} : { leaseToken: sql`${jobs.leaseToken} + 1` }
  const updated = await tx
    .update(jobs)
    .set({ ...nextOf(due, to), failures: 0, leaseOwner: null, leaseUntil: null, ...token })
    .where(held)
    .returning({ id: jobs.id })
  if (updated.length === 0) throw new AppError('lease_lost', 'Another worker has this run now.')
}

/** What becomes of the job: a run that was given up is dead until a person puts it back. */
function nextOf(due: Exclude<Transition['due'], 'keep'>, to: RunState) {
  const alive = { deadReason: null, deadAt: null }
  if (to.status === 'failed' && to.error?.gaveUp)
    return { state: 'dead', dueAt: null, deadReason: to.error.message, deadAt: sql`now()` } as const
  if (due === null) return { state: 'parked', dueAt: null, ...alive } as const
  if ('inMs' in due && due.inMs === 0) return { state: 'ready', dueAt: sql`now()`, ...alive } as const
  const dueAt = 'at' in due ? due.at : sql`now() + ${`${due.inMs} milliseconds`}::interval`
  return { state: 'delayed', dueAt, ...alive } as const
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

/** A run that went on leaves no gate open behind it; decided ones were closed before. */
async function closeGates(tx: Tx, runId: string): Promise<void> {
  await tx
    .update(gates)
    .set({ status: 'void', closedAt: sql`now()` })
    .where(and(eq(gates.runId, runId), eq(gates.status, 'waiting')))
}

/** The database's day, in UTC. */
export const today = sql<string>`(now() at time zone 'UTC')::date`

const counted = { succeeded: 'succeeded', failed: 'failed' } as const

/**
 * Adds an end to the day (UTC) of its repository.
 * @param by 1, or -1 to take it back before a run that ended goes on
 */
export async function countEnd(tx: Tx, runId: string, status: RunStatus, by: 1 | -1 = 1): Promise<void> {
  const [run] = await tx
    .select()
    .from(runs)
    .where(inArray(runs.id, [runId]))
  if (!run?.repositoryId) return
  const column = status === 'succeeded' || status === 'failed' ? counted[status] : 'other'
  await tx
    .insert(dailyStats)
    .values({
      day: run.endedAt?.toISOString().slice(0, 10) ?? today,
      repositoryId: run.repositoryId,
      [column]: by,
      costMicros: by * run.costMicros,
      scoreSum: by * (run.score ?? 0),
      scored: run.score === null ? 0 : by,
    })
    .onConflictDoUpdate({
      target: [dailyStats.day, dailyStats.repositoryId],
      set: {
        [column]: sql`${dailyStats[column]} + ${by}`,
        costMicros: sql`${dailyStats.costMicros} + excluded.cost_micros`,
        scoreSum: sql`${dailyStats.scoreSum} + excluded.score_sum`,
        scored: sql`${dailyStats.scored} + excluded.scored`,
      },
    })
}
