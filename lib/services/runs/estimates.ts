import { type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import { allRows, type Db } from '@/lib/db/client'
import type { Condition } from './conditions'

const answerSchema = z.tuple([z.looseObject({ Plan: z.looseObject({ 'Plan Rows': z.number() }) })])

/** What the planner takes a word's beginning to hold for when its statistics know too few words: a fiftieth. */
const UNKNOWN = 0.021

/**
 * Rows that a list reads at most for one condition, whether in order or out of it: where each lies on a page of its
 * own, they take some 40 ms. A word that the statistics do not know is taken to hold for a two-hundredth of all.
 */
export const READ_AT_MOST = 10_000

/** A text of many words is found by its longest, which come first; one for each would only add to the wait. */
const MOST = 15

/**
 * How many runs each condition holds for, as the planner's statistics have it: half a millisecond each, and no run is
 * read. Counting would take as long as the list itself. Of many conditions the first are asked about.
 */
export async function estimates(
  db: Db,
  conditions: readonly Condition[],
): Promise<ReadonlyMap<Condition, number>> {
  const found = new Map<Condition, number>()
  let all: number | undefined
  for (const condition of conditions.slice(0, MOST)) {
    const rows = await planned(db, sql`where ${condition.indexed ?? condition.sql}`)
    found.set(condition, rows)
    if (!condition.whole) continue
    all ??= await planned(db, sql``)
    if (rows <= all * UNKNOWN) found.set(condition, await planned(db, sql`where ${condition.whole}`))
  }
  return found
}

async function planned(db: Db, where: SQL): Promise<number> {
  const [row] = allRows(await db.execute(sql`explain (format json) select 1 from agent_runs r ${where}`))
  const text = row?.['QUERY PLAN']
  const [answer] = answerSchema.parse(typeof text === 'string' ? JSON.parse(text) : text)
  return answer.Plan['Plan Rows']
}
