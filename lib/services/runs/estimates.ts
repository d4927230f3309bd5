import { sql } from 'drizzle-orm'
import { z } from 'zod'
import { allRows, type Db } from '@/lib/db/client'
import type { Condition } from './conditions'

interface Plan {
  readonly 'Node Type': string
  readonly 'Plan Rows': number
  readonly Plans?: Plan[] | undefined
}
const planSchema: z.ZodType<Plan> = z.looseObject({
  'Node Type': z.string(),
  'Plan Rows': z.number(),
  get Plans() {
    return z.array(planSchema).optional()
  },
})
const answerSchema = z.tuple([z.looseObject({ Plan: planSchema })])

/**
 * How many runs each condition holds for, as the planner's statistics have it: half a millisecond each, and no run is
 * read. Counting would take as long as the list itself.
 */
export async function estimates(
  db: Db,
  conditions: readonly Condition[],
): Promise<ReadonlyMap<Condition, number>> {
  const found = new Map<Condition, number>()
  for (const condition of conditions) {
    const [row] = allRows(
      await db.execute(sql`explain (format json) select 1 from agent_runs r where ${condition.sql}`),
    )
    const text = row?.['QUERY PLAN']
    const [answer] = answerSchema.parse(typeof text === 'string' ? JSON.parse(text) : text)
    found.set(condition, answer.Plan['Plan Rows'])
  }
  return found
}
