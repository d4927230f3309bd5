import { and, desc, eq, lt, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import { beads } from '@/drizzle/schema'
import { beadStatusNames } from '@/lib/core/status'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { FIRST_ID, LAST_ID, MAX_LIMIT, toPage } from '../cursor'
import { parseInput } from '../parse'
import { type BeadView, beadViewSchema, type Page } from '../views'
import { beadColumns, toBeadView } from './view'

export const listBeadsInput = z.strictObject({
  run: z.uuid().optional(),
  status: z.enum(beadStatusNames).optional(),
  category: beadViewSchema.shape.category.optional(),
  step: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(50),
  /** The id of the last bead of the page before. */
  cursor: z.uuid('no list gave out this cursor').optional(),
})
type Wanted = z.output<typeof listBeadsInput>

/** Beads, the newest first: ids are ordered by when they were made, those of a fork with it. */
export async function listBeads({
  ctx,
  input = {},
}: {
  ctx: ServiceContext
  input?: z.input<typeof listBeadsInput>
}): Promise<Page<BeadView>> {
  authorise(ctx, 'read')
  const wanted = parseInput(listBeadsInput, input)
  const { run, status, category, step, limit, cursor } = wanted
  const narrowed = status !== undefined || category !== undefined || step !== undefined
  const like =
    run === undefined
      ? narrowed && sql`${beads.id} in (${newestOf(wanted)})`
      : and(
          eq(beads.runId, run),
          status ? eq(beads.status, status) : undefined,
          category ? eq(beads.category, category) : undefined,
          step ? eq(beads.step, step) : undefined,
        )
  const rows = await ctx.db
    .select(beadColumns)
    .from(beads)
    .where(and(like || undefined, cursor ? lt(beads.id, cursor) : undefined))
    .orderBy(desc(beads.id))
    .limit(limit + 1)
  return toPage(rows, limit, (row) => row.id, toBeadView)
}

/**
 * The newest beads of all runs that are like this, out of an index that has those of each status and step by their ids:
 * what is rare, or nowhere, is found without reading the rest. Status and step stand in the comparison and in the
 * order, which nothing but that index serves. A step is of one category.
 */
function newestOf({ status, category, step, limit, cursor }: Wanted): SQL {
  const lanes = and(
    status ? sql`lane.status = ${status}` : undefined,
    step ? sql`lane.step = ${step}` : undefined,
    category ? sql`lane.category = ${category}` : undefined,
  )
  const end = cursor
    ? sql`< (lane.status, lane.step, ${cursor}::uuid)`
    : sql`<= (lane.status, lane.step, ${LAST_ID}::uuid)`
  return sql`
    with recursive lane (status, step, category) as (
      (select b.status, b.step, b.category from beads b order by b.status, b.step limit 1)
      union all
      select next.* from lane cross join lateral (
        select b.status, b.step, b.category from beads b where (b.status, b.step) > (lane.status, lane.step)
        order by b.status, b.step limit 1) next)
    select newest.id from lane cross join lateral (
      select b.id from beads b
      where (b.status, b.step, b.id) >= (lane.status, lane.step, ${FIRST_ID}::uuid) and (b.status, b.step, b.id) ${end}
      order by b.status desc, b.step desc, b.id desc limit ${limit + 1}) newest
    where ${lanes} order by newest.id desc limit ${limit + 1}`
}
