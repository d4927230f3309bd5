import { inArray, sql } from 'drizzle-orm'
import { runs } from '@/drizzle/schema'
import { isEnded, runStatusNames } from '@/lib/core/status'
import type { Db } from '@/lib/db/client'
import type { ServiceContext } from '@/lib/services/context'
import { decideGate } from '@/lib/services/gates/decide'
import { getGate } from '@/lib/services/gates/get'
import { listGates } from '@/lib/services/gates/list'
import { startRun } from '@/lib/services/runs/start'

/** Asks for a run through the service, as the CLI and the API do. @returns its id, once it is accepted */
export async function ask(ctx: ServiceContext, number: number): Promise<string> {
  const input = { repository: ctx.home, title: `run ${number}`, task: `run ${number}` }
  return (await startRun({ ctx, input })).id
}

/** Approves every gate that waits. */
export async function approveAll(ctx: ServiceContext): Promise<void> {
  const { items } = await listGates({ ctx, input: { limit: 100 } })
  for (const { id } of items) {
    const gate = await getGate({ ctx, input: { gate: id } })
    await decideGate({ ctx, input: { gate: id, decision: 'approve', evidence: gate.evidence } })
  }
}

/** Ids of all runs that were accepted so far. */
export async function askedRuns(db: Db): Promise<string[]> {
  return (await db.select({ id: runs.id }).from(runs)).map(({ id }) => id)
}

/** Runs that were asked for, and those of them that have not ended. */
export async function counts(db: Db): Promise<{ asked: number; open: number }> {
  const live = runStatusNames.filter((status) => !isEnded(status))
  const [row] = await db
    .select({
      asked: sql<string>`count(*)`,
      open: sql<string>`count(*) filter (where ${inArray(runs.status, live)})`,
    })
    .from(runs)
  return { asked: Number(row?.asked ?? 0), open: Number(row?.open ?? 0) }
}
