import { and, eq, inArray, sql } from 'drizzle-orm'
import { gates, jobs } from '@/drizzle/schema'
import type { Verdict } from '@/lib/core/approver'
import type { GatePolicy } from '@/lib/core/limits'
import { route } from '@/lib/core/route'
import type { RunState } from '@/lib/core/run'
import { isEnded } from '@/lib/core/status'
import { type Db, databaseNow, type Tx } from '@/lib/db/client'
import { AppError } from '@/lib/errors'
import type { HeldRun } from '../runs/hold'

/**
 * Why a gate can be decided no longer, though no worker has come to it yet: its time is over, by the database's clock,
 * and its policy decides. Where people may decide after that, too (`block`, the first time of `escalate`), they may now.
 */
export async function tooLate(
  tx: Tx,
  { id, runId, policy }: typeof gates.$inferSelect,
  { state }: HeldRun,
): Promise<AppError | null> {
  const isOver = and(eq(gates.id, id), sql`${gates.expiresAt} <= now()`)
  const [row] = await tx.select({ id: gates.id }).from(gates).where(isOver)
  const brings = row && timeBrings(state, policy)
  if (!brings) return null
  const mend = brings.ends
    ? `Look at the run ${runId}; \`devpilot runs retry ${runId}\` asks again once it has ended.`
    : `The run goes on by itself; \`devpilot runs cancel ${runId}\` stops it.`
  return new AppError('conflict', brings.sentence, { mend })
}

/** What a page says to all who might decide a gate, until a worker does what its time brings. */
export async function overNow(
  db: Db,
  { status, expiresAt, policy }: typeof gates.$inferSelect,
  state: RunState | null,
): Promise<Verdict | null> {
  const brings = status === 'waiting' && expiresAt && state && timeBrings(state, policy)
  if (!brings || expiresAt > (await databaseNow(db))) return null
  const mend = 'A worker does that within a minute. Open the run to see what became of it.'
  return { may: false, why: 'closed', sentence: brings.sentence, mend }
}

/** What the end of its time brings to the gate of a run in this state; null: people may decide it after that, too. */
function timeBrings(state: RunState, policy: GatePolicy): { sentence: string; ends: boolean } | null {
  const next = route(state, { kind: 'timeout' })
  if (next.status === 'waiting_gate') return null
  const ends = isEnded(next.status)
  const then = ends ? 'the run ends' : 'the change counts as approved'
  return {
    ends,
    sentence: `The time of this gate is over: ${then}, as its policy says (${policy.onTimeout}).`,
  }
}

/** What a gate's time brings is done now, whatever the job was waiting for. The caller holds the job. */
export async function nudge(tx: Tx, runId: string): Promise<void> {
  const idle = inArray(jobs.state, ['parked', 'delayed', 'dead'])
  await tx
    .update(jobs)
    .set({ state: 'ready', dueAt: sql`now()`, deadReason: null, deadAt: null })
    .where(and(eq(jobs.runId, runId), idle))
}
