import { and, asc, eq, gt } from 'drizzle-orm'
import { z } from 'zod'
import { beads, turns } from '@/drizzle/schema'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { MAX_LIMIT, toPage } from '../cursor'
import { parseInput } from '../parse'
import type { Page, TurnView } from '../views'

export const listTurnsInput = z.strictObject({
  run: z.uuid(),
  bead: z.uuid(),
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(100),
  /** The `seq` of the last turn of the page before. */
  cursor: z.coerce.number().int().min(0).default(0),
})

/**
 * The turns of one bead, the first one first.
 * @throws AppError('not_found') when the run has no such bead.
 */
export async function listTurns({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof listTurnsInput>
}): Promise<Page<TurnView>> {
  authorise(ctx, 'read')
  const { run, bead, limit, cursor } = parseInput(listTurnsInput, input)
  const [known] = await ctx.db
    .select({ id: beads.id })
    .from(beads)
    .where(and(eq(beads.id, bead), eq(beads.runId, run)))
  if (!known) throw new AppError('not_found', `The run ${run} has no bead ${bead}.`)
  const rows = await ctx.db
    .select()
    .from(turns)
    .where(and(eq(turns.beadId, bead), gt(turns.seq, cursor)))
    .orderBy(asc(turns.seq))
    .limit(limit + 1)
  return toPage(rows, limit, (row) => String(row.seq), toTurnView)
}

function toTurnView(turn: typeof turns.$inferSelect): TurnView {
  const { runId: _run, beadId: _bead, opening: _opening, requestHash: _hash, ...row } = turn
  return { ...row, startedAt: row.startedAt.toISOString(), endedAt: row.endedAt.toISOString() }
}
