import { sql } from 'drizzle-orm'
import { z } from 'zod'
import { allRows } from '@/lib/db/client'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import { runsOfFlow, runsOfFlowInput } from './runs-of-flow'

export const estimateInput = z.strictObject(runsOfFlowInput)

export const estimateSchema = z.object({
  /** Runs that it is made from: of the last hundred of this flow, those that ended by themselves. */
  runs: z.int(),
  /** Half of them cost less; null without any. */
  medianMicros: z.int().nullable(),
  /** Nine of ten cost less. */
  p90Micros: z.int().nullable(),
  maxMicros: z.int().nullable(),
  /** From their first step to their end, waiting for people included. */
  medianSeconds: z.int().nullable(),
})
export type Estimate = z.infer<typeof estimateSchema>

/** `coerce` alone would make 0 of null. */
const whole = z.union([z.null(), z.coerce.number().transform(Math.round)])
const row = z.object({ runs: z.coerce.number(), median: whole, p90: whole, most: whole, seconds: whole })

/** What runs of a flow cost so far. */
export async function estimateRun({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof estimateInput>
}): Promise<Estimate> {
  authorise(ctx, 'read')
  const rows = await ctx.db.execute(sql`
    select count(*) as runs,
      percentile_cont(0.5) within group (order by cost_micros) as median,
      percentile_cont(0.9) within group (order by cost_micros) as p90,
      max(cost_micros) as most,
      percentile_cont(0.5) within group (order by extract(epoch from ended_at - started_at)) as seconds
    from ${runsOfFlow(parseInput(estimateInput, input))} r
    where status in ('succeeded', 'failed', 'rejected', 'aborted')`)
  const found = z.array(row).parse(allRows(rows))[0]
  return {
    runs: found?.runs ?? 0,
    medianMicros: found?.median ?? null,
    p90Micros: found?.p90 ?? null,
    maxMicros: found?.most ?? null,
    medianSeconds: found?.seconds ?? null,
  }
}
