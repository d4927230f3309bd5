import { desc } from 'drizzle-orm'
import { runs } from '@/drizzle/schema'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'

/** As many of the newest are looked through as the command line does. */
const SEARCHED = 200

/** The whole id of the one run among the newest whose id ends so, which is what lists show; null: none, or several. */
export async function runByEnd({ ctx, end }: { ctx: ServiceContext; end: string }): Promise<string | null> {
  authorise(ctx, 'read')
  if (!/^[0-9a-f]{8,12}$/i.test(end)) return null
  const rows = await ctx.db
    .select({ id: runs.id })
    .from(runs)
    .orderBy(desc(runs.createdAt), desc(runs.id))
    .limit(SEARCHED)
  const found = rows.filter(({ id }) => id.endsWith(end.toLowerCase()))
  return found.length === 1 ? (found[0]?.id ?? null) : null
}
