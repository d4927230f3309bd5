import { and, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import { beads, turns } from '@/drizzle/schema'
import { allRows } from '@/lib/db/client'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { MAX_LIMIT, toPage } from '../cursor'
import { parseInput } from '../parse'
import type { Page } from '../views'
import type { CallSums, ModelCall } from '../views/turns'
import { headColumns, toTurnHead } from './turn-heads'

export const listCallsInput = z.strictObject({
  run: z.uuid(),
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(100),
  /** `bead.turn`, the numbers of the last call of the page before. */
  cursor: z
    .string()
    .regex(/^\d{1,9}\.\d{1,9}$/)
    .optional(),
})

/** All model calls of a run, bead by bead, in short. */
export async function listCalls({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof listCallsInput>
}): Promise<Page<ModelCall>> {
  authorise(ctx, 'read')
  const { run, limit, cursor } = parseInput(listCallsInput, input)
  const [bead = 0, turn = 0] = (cursor ?? '0.0').split('.').map(Number)
  const rows = await ctx.db
    .select({ head: headColumns, beadSeq: beads.seq, step: beads.step })
    .from(turns)
    .innerJoin(beads, eq(beads.id, turns.beadId))
    .where(and(eq(beads.runId, run), sql`(${beads.seq}, ${turns.seq}) > (${bead}, ${turn})`))
    .orderBy(beads.seq, turns.seq)
    .limit(limit + 1)
  return toPage(
    rows,
    limit,
    (row) => `${row.beadSeq}.${row.head.seq}`,
    ({ head, beadSeq, step }) => ({ ...toTurnHead(head), beadSeq, step }),
  )
}

/** What a run's calls came to, by agent, model and version of the prompt, the dearest first. */
export async function sumCalls({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: { readonly run: string }
}): Promise<readonly CallSums[]> {
  authorise(ctx, 'read')
  // Usage is read as numbers here and only here: a run has thousands of calls at most.
  const rows = await ctx.db.execute(sql`
    select b.step, t.model, t.prompt, t.prompt_version, count(*) as calls, sum(t.cost_micros) as cost,
      sum((t.usage->>'inputTokens')::bigint) as input, sum((t.usage->>'cachedInputTokens')::bigint) as cached,
      sum((t.usage->>'outputTokens')::bigint) as output,
      sum(extract(epoch from t.ended_at - t.started_at)) * 1000 as ms,
      bool_and(r.overrides ? 'recording') as recorded
    from turns t join beads b on b.id = t.bead_id join agent_runs r on r.id = t.run_id
    where t.run_id = ${input.run}
    group by 1, 2, 3, 4 order by cost desc, calls desc, 1 limit 200`)
  return allRows(rows).map((row) => ({
    step: String(row.step),
    model: String(row.model),
    recorded: row.recorded === true,
    prompt: String(row.prompt),
    promptVersion: String(row.prompt_version),
    calls: Number(row.calls),
    costMicros: Number(row.cost),
    inputTokens: Number(row.input),
    cachedTokens: Number(row.cached),
    outputTokens: Number(row.output),
    ms: Math.round(Number(row.ms)),
  }))
}
