import { and, desc, eq, lt } from 'drizzle-orm'
import { z } from 'zod'
import { beads } from '@/drizzle/schema'
import { beadStatusNames } from '@/lib/core/status'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { MAX_LIMIT, toPage } from '../cursor'
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

/** Beads, the newest first (their ids are ordered by time). */
export async function listBeads({
  ctx,
  input = {},
}: {
  ctx: ServiceContext
  input?: z.input<typeof listBeadsInput>
}): Promise<Page<BeadView>> {
  authorise(ctx, 'read')
  const { run, status, category, step, limit, cursor } = parseInput(listBeadsInput, input)
  const rows = await ctx.db
    .select(beadColumns)
    .from(beads)
    .where(
      and(
        run ? eq(beads.runId, run) : undefined,
        status ? eq(beads.status, status) : undefined,
        category ? eq(beads.category, category) : undefined,
        step ? eq(beads.step, step) : undefined,
        cursor ? lt(beads.id, cursor) : undefined,
      ),
    )
    .orderBy(desc(beads.id))
    .limit(limit + 1)
  return toPage(rows, limit, (row) => row.id, toBeadView)
}
