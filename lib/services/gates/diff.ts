import { eq } from 'drizzle-orm'
import { z } from 'zod'
import { artifacts, gates } from '@/drizzle/schema'
import { cutDiff } from '@/lib/core/diff-cut'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import { noGate } from './get'

export const gateDiffInput = z.strictObject({
  gate: z.uuid(),
  /** As a page can hold it: longest lines and a long end cut, see lib/core/diff-cut.ts. */
  cut: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .or(z.boolean())
    .default(false),
})

/**
 * The diff that a gate asks about, from the stored bytes; a gate's never changes.
 * @throws AppError('not_found')
 */
export async function gateDiff({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof gateDiffInput>
}): Promise<string> {
  authorise(ctx, 'read')
  const { gate, cut } = parseInput(gateDiffInput, input)
  const [row] = await ctx.db
    .select({ content: artifacts.content })
    .from(gates)
    .leftJoin(artifacts, eq(artifacts.id, gates.diffArtifactId))
    .where(eq(gates.id, gate))
  if (!row) throw noGate(gate)
  const diff = row.content ?? ''
  return cut ? cutDiff(diff).text : diff
}
