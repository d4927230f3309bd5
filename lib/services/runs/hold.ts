import { eq, sql } from 'drizzle-orm'
import { gates, jobs, runs } from '@/drizzle/schema'
import type { RunState } from '@/lib/core/run'
import type { Tx } from '@/lib/db/client'
import { AppError } from '@/lib/errors'
import { noRun } from './get'
import type { RunRow } from './summary'

export interface HeldRun {
  readonly run: RunRow
  readonly state: RunState
}

/**
 * The run, held until the transaction ends. The job is locked first, as the engine's own writes do: whoever takes
 * both in this order never waits in a circle.
 * @throws AppError('not_found'), or 'illegal_transition' for a log that was only posted here.
 */
export async function holdRun(tx: Tx, id: string): Promise<HeldRun> {
  const [held] = await tx
    .select({ run: runs })
    .from(jobs)
    .innerJoin(runs, eq(runs.id, jobs.runId))
    .where(eq(jobs.runId, id))
    .for('update', { of: [jobs, runs] })
  if (held?.run.state) return { run: held.run, state: held.run.state }
  const [known] = await tx.select({ id: runs.id }).from(runs).where(eq(runs.id, id))
  if (!known) throw noRun(id)
  throw new AppError('illegal_transition', 'This run was only reported here; DevPilot does not drive it.', {
    mend: 'Stop it where it runs.',
  })
}

/**
 * Holds a run and those that it was forked from, so that nothing which is kept of them is swept away until the
 * transaction ends. Their jobs, as `holdRun` takes them first, and no more of them than a worker's beat leaves free.
 */
export async function holdLine(tx: Tx, id: string): Promise<void> {
  await tx.execute(sql`
    with recursive line as (
      select r.id, r.fork_of from agent_runs r where r.id = ${id}
      union
      select r.id, r.fork_of from agent_runs r join line on r.id = line.fork_of
    )
    select from jobs where run_id in (select id from line) order by id for key share`)
}

/** As `holdRun`, with one of its gates; null when there is no such gate. */
export async function holdGate(
  tx: Tx,
  id: string,
): Promise<(HeldRun & { readonly gate: typeof gates.$inferSelect }) | null> {
  const [held] = await tx
    .select({ run: runs, gate: gates })
    .from(gates)
    .innerJoin(runs, eq(runs.id, gates.runId))
    .innerJoin(jobs, eq(jobs.runId, runs.id))
    .where(eq(gates.id, id))
    .for('update', { of: [jobs, runs, gates] })
  return held?.run.state ? { ...held, state: held.run.state } : null
}
