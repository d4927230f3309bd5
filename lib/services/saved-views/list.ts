import { asc, eq, or } from 'drizzle-orm'
import { savedViews } from '@/drizzle/schema'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import type { SavedView } from '../views'

const MOST = 200

/** One's own views and those that others share, by name. */
export async function listViews({ ctx }: { ctx: ServiceContext }): Promise<SavedView[]> {
  authorise(ctx, 'read')
  const rows = await ctx.db
    .select()
    .from(savedViews)
    .where(or(eq(savedViews.userId, ctx.actor.id), eq(savedViews.shared, true)))
    .orderBy(asc(savedViews.name), asc(savedViews.id))
    .limit(MOST)
  return rows.map((row) => toView(row, ctx.actor.id))
}

export function toView(row: typeof savedViews.$inferSelect, me: string): SavedView {
  const { id, name, query, columns, shared, userId, userName } = row
  return { id, name, query, columns, shared, owner: { id: userId, name: userName }, mine: userId === me }
}
