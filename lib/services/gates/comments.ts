import { asc, eq } from 'drizzle-orm'
import { gateComments } from '@/drizzle/schema'
import type { Db } from '@/lib/db/client'
import type { GateComment } from '../views'

/** The most comments of one gate: it is decided, not discussed for ever. */
export const MOST_COMMENTS = 500

/** What was said at a gate, the oldest first. */
export async function commentsOf(db: Db, gateId: string): Promise<GateComment[]> {
  const rows = await db
    .select()
    .from(gateComments)
    .where(eq(gateComments.gateId, gateId))
    .orderBy(asc(gateComments.at), asc(gateComments.id))
    .limit(MOST_COMMENTS)
  return rows.map(toComment)
}

export function toComment({ id, actor, body, at }: typeof gateComments.$inferSelect): GateComment {
  return { id, actor, body, at: at.toISOString() }
}
