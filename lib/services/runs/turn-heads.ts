import { and, asc, eq, gt, sql } from 'drizzle-orm'
import { z } from 'zod'
import { turns } from '@/drizzle/schema'
import { allRows } from '@/lib/db/client'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { MAX_LIMIT, toPage } from '../cursor'
import { parseInput } from '../parse'
import type { Page } from '../views'
import type { TurnHead } from '../views/turns'

export const turnHeadsInput = z.strictObject({
  run: z.uuid(),
  bead: z.uuid(),
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(50),
  /** The `seq` of the last turn of the page before. */
  cursor: z.coerce.number().int().min(0).default(0),
})

/** What a list shows of a turn; prompts, answers and what tools gave stay in the database. */
export const headColumns = {
  id: turns.id,
  beadId: turns.beadId,
  seq: turns.seq,
  prompt: turns.prompt,
  promptVersion: turns.promptVersion,
  promptHash: turns.promptHash,
  model: turns.model,
  said: sql<string | null>`left(split_part(${turns.content}, E'\\n', 1), 200)`,
  tools: sql<string[]>`coalesce((select jsonb_agg(left(call->>'name', 80)) from (
    select call from jsonb_array_elements(${turns.toolCalls}) as c(call) limit 12) as first_calls), '[]')`,
  refused: sql<boolean>`coalesce(jsonb_path_exists(${turns.toolResults}, '$[*] ? (@.isError == true)'), false)`,
  waits: sql<boolean>`${turns.toolResults} is null`,
  usage: turns.usage,
  costMicros: turns.costMicros,
  inheritedMicros: turns.inheritedMicros,
  startedAt: turns.startedAt,
  endedAt: turns.endedAt,
} as const

type HeadRow = Omit<TurnHead, 'startedAt' | 'endedAt'> & { readonly startedAt: Date; readonly endedAt: Date }

export const toTurnHead = (row: HeadRow): TurnHead => ({
  ...row,
  startedAt: row.startedAt.toISOString(),
  endedAt: row.endedAt.toISOString(),
})

/** The turns of one bead in short, the first one first. */
export async function turnHeads({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof turnHeadsInput>
}): Promise<Page<TurnHead>> {
  authorise(ctx, 'read')
  const { run, bead, limit, cursor } = parseInput(turnHeadsInput, input)
  const rows = await ctx.db
    .select(headColumns)
    .from(turns)
    .where(and(eq(turns.beadId, bead), eq(turns.runId, run), gt(turns.seq, cursor)))
    .orderBy(asc(turns.seq))
    .limit(limit + 1)
  return toPage(rows, limit, (row) => String(row.seq), toTurnHead)
}

/** The number of the last turn of each bead of a run, by bead: how many it took. Found by index, whatever their number. */
export async function turnCounts({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: { readonly run: string }
}): Promise<ReadonlyMap<string, number>> {
  authorise(ctx, 'read')
  const rows = await ctx.db.execute(sql`
    select b.id, (select t.seq from turns t where t.bead_id = b.id order by t.seq desc limit 1) as seq
    from beads b where b.run_id = ${input.run}`)
  return new Map(allRows(rows).map((row) => [String(row.id), Number(row.seq ?? 0)]))
}
