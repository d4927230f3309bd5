import { and, desc, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import { artifacts, beads } from '@/drizzle/schema'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'

const diffAtInput = z.strictObject({ run: z.uuid(), bead: z.uuid() })

/** The change of a run as it was when a bead had ended: the last one kept until then. Null before there was one. */
export async function diffAt({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof diffAtInput>
}): Promise<string | null> {
  authorise(ctx, 'read')
  const { run, bead } = parseInput(diffAtInput, input)
  const until = ctx.db
    .select({ at: sql`coalesce(${beads.endedAt}, now())` })
    .from(beads)
    .where(and(eq(beads.id, bead), eq(beads.runId, run)))
  const [row] = await ctx.db
    .select({ content: artifacts.content })
    .from(artifacts)
    .where(
      and(
        eq(artifacts.runId, run),
        eq(artifacts.kind, 'diff'),
        sql`(${artifacts.beadId} = ${bead} or ${artifacts.createdAt} <= (${until}))`,
      ),
    )
    .orderBy(desc(artifacts.createdAt), desc(artifacts.id))
    .limit(1)
  return row?.content ?? null
}
