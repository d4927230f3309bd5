import { and, eq, sql } from 'drizzle-orm'
import { gates, runs } from '@/drizzle/schema'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { waitsFor } from './who'

/** Gates that wait, counted. */
export interface GateCounts {
  /** Those whose approval by who asks is missing. */
  readonly mine: number
  /** Of them those whose time is over. */
  readonly overdue: number
  readonly others: number
}

/** Counts the gates that wait, parted as the inbox parts them. */
export async function countGates({ ctx }: { ctx: ServiceContext }): Promise<GateCounts> {
  authorise(ctx, 'read')
  const mine = waitsFor(ctx)
  const count = (condition: ReturnType<typeof sql>) =>
    sql<number>`count(*) filter (where ${condition})`.mapWith(Number)
  const [row] = await ctx.db
    .select({
      mine: count(mine),
      overdue: count(sql`${and(mine, eq(gates.overdue, true))}`),
      others: count(sql`not (${mine})`),
    })
    .from(gates)
    .innerJoin(runs, eq(runs.id, gates.runId))
    .where(eq(gates.status, 'waiting'))
  return row ?? { mine: 0, overdue: 0, others: 0 }
}
