import { sql } from 'drizzle-orm'
import { z } from 'zod'
import { allRows } from '@/lib/db/client'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import { runsOfFlow, runsOfFlowInput } from './runs-of-flow'

export const flowFiguresInput = z.strictObject(runsOfFlowInput)

const number = z.coerce.number()
export const stepFiguresSchema = z.object({
  step: z.string(),
  /** Runs that came to it, and times that it was done: the more a run, the more it loops. */
  runs: number,
  beads: number,
  /** Half of the times took less; null while none has ended. */
  medianSeconds: z.union([z.null(), number]),
  failed: number,
  /** Times that people had to be asked right after it. */
  asked: number,
})
export type StepFigures = z.infer<typeof stepFiguresSchema>

export interface FlowFigures {
  /** Runs that they are made from, at most the last hundred. */
  readonly runs: number
  readonly succeeded: number
  readonly steps: readonly StepFigures[]
}

const total = z.object({ runs: number, succeeded: number })

/** How the steps of a flow went in its last runs. */
export async function flowFigures({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof flowFiguresInput>
}): Promise<FlowFigures> {
  authorise(ctx, 'read')
  const runs = runsOfFlow(parseInput(flowFiguresInput, input))
  const [totals, steps] = await Promise.all([
    ctx.db.execute(sql`
      select count(*) as runs, count(*) filter (where status = 'succeeded') as succeeded from ${runs} r`),
    ctx.db.execute(sql`
      select step, count(distinct run_id) as runs, count(*) as beads,
        percentile_cont(0.5) within group (order by seconds) as "medianSeconds",
        count(*) filter (where status = 'failed') as failed,
        count(*) filter (where following = 'gate:confidence-gate') as asked
      from (
        select step, run_id, status, extract(epoch from ended_at - started_at) as seconds,
          lead(step) over (partition by run_id order by seq) as following
        from beads where run_id in (select id from ${runs} r)) b
      group by step`),
  ])
  const found = z.array(total).parse(allRows(totals))[0]
  return {
    runs: found?.runs ?? 0,
    succeeded: found?.succeeded ?? 0,
    steps: z.array(stepFiguresSchema).parse(allRows(steps)),
  }
}
