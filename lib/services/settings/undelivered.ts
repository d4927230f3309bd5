import { desc, isNotNull } from 'drizzle-orm'
import { notifications } from '@/drizzle/schema'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'

export interface Undelivered {
  readonly key: string
  readonly run: string
  readonly channel: string
  readonly what: string
  readonly attempts: number
  readonly error: string
  /** When it is tried again; null: it was given up. */
  readonly dueAt: string | null
  readonly createdAt: string
}

/** The last notifications that could not be delivered at once. */
export async function listUndelivered({ ctx }: { ctx: ServiceContext }): Promise<readonly Undelivered[]> {
  authorise(ctx, 'read')
  const rows = await ctx.db
    .select()
    .from(notifications)
    .where(isNotNull(notifications.error))
    .orderBy(desc(notifications.createdAt))
    .limit(20)
  return rows.map((row) => ({
    key: row.key,
    run: row.runId,
    channel: row.channel,
    what: row.what,
    attempts: row.attempts,
    error: row.error ?? '',
    dueAt: row.dueAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  }))
}
