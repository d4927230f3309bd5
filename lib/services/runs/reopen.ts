import { and, asc, desc, eq, sql } from 'drizzle-orm'
import { beads, turns } from '@/drizzle/schema'
import { canGoOn } from '@/lib/core/conversation'
import { assertBeadTransition } from '@/lib/core/status'
import type { Tx } from '@/lib/db/client'
import { appendEvents } from '@/lib/db/events'
import type { HeldRun } from './hold'

/**
 * Opens again the agent's bead that an error ended, so that the step goes on with the turns that it has. Nothing is
 * done where there are none, or where they lead nowhere: the step then begins anew.
 * @returns for the audit: which bead, and the turns that are not paid for again
 */
export async function reopenBead(tx: Tx, { run, state }: HeldRun): Promise<Record<string, unknown>> {
  const { error } = state
  if (run.status !== 'failed' || !error) return {}
  const [last] = await tx
    .select()
    .from(beads)
    .where(eq(beads.runId, run.id))
    .orderBy(desc(beads.seq))
    .limit(1)
  if (last?.status !== 'failed' || last.category !== 'agent' || last.step !== error.step) return {}
  const said = await tx
    .select({ finish: turns.finish, toolCalls: turns.toolCalls, toolResults: turns.toolResults })
    .from(turns)
    .where(eq(turns.beadId, last.id))
    .orderBy(asc(turns.seq))
  if (!canGoOn(said, error.code)) return {}
  assertBeadTransition(last.status, 'running')
  await tx
    .update(beads)
    .set({ status: 'running', begun: 0, kept: null, outcome: null, endedAt: null, summary: sql`'{}'::jsonb` })
    .where(and(eq(beads.id, last.id), eq(beads.status, 'failed')))
  const data = { step: last.step, seq: last.seq, attempt: last.attempt, status: 'running', task: last.taskId }
  await appendEvents(tx, [{ runId: run.id, beadId: last.id, kind: 'bead', data }])
  return { goesOn: { bead: last.seq, turns: said.length } }
}
