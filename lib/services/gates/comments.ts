import { and, desc, eq, isNotNull, lte, type SQL, sql } from 'drizzle-orm'
import { artifacts, gateComments, gates } from '@/drizzle/schema'
import type { Db, Tx } from '@/lib/db/client'
import type { GateComment } from '../views'

/** The most comments of one gate: it is decided, not discussed for ever. */
export const MOST_COMMENTS = 500

interface CommentRow {
  readonly said: typeof gateComments.$inferSelect
  readonly evidence: string
  readonly earlier: boolean
}

/** What was said at a gate and at those of its run before it, the oldest first. */
export async function commentsOf(
  db: Db | Tx,
  { id, runId, diffArtifactId, openedAt }: typeof gates.$inferSelect,
): Promise<GateComment[]> {
  const shown = sql`(select sha256 from artifacts where id = ${diffArtifactId})`
  const rows = await selectComments(db, shown)
    .where(and(eq(gates.runId, runId), lte(gates.openedAt, openedAt)))
    // One's own come before those of other gates where there are too many.
    .orderBy(desc(eq(gates.id, id)), desc(gateComments.at), desc(gateComments.id))
    .limit(2 * MOST_COMMENTS)
  return rows.map(toComment).sort(oldestFirst)
}

/** What was said on lines at the gates of a run, the oldest first. @param diff the artifact that they are shown with */
export async function lineCommentsOf(db: Db, runId: string, diff: string | null): Promise<GateComment[]> {
  const rows = await selectComments(db, sql`(select sha256 from artifacts where id = ${diff})`)
    .where(and(eq(gates.runId, runId), isNotNull(gateComments.path)))
    .orderBy(desc(gateComments.at), desc(gateComments.id))
    .limit(MOST_COMMENTS)
  return rows.map(toComment).reverse()
}

function selectComments(db: Db | Tx, shown: SQL) {
  const earlier = sql<boolean>`${artifacts.sha256} is distinct from ${shown}`
  return db
    .select({ said: gateComments, evidence: gates.evidenceHash, earlier })
    .from(gateComments)
    .innerJoin(gates, eq(gates.id, gateComments.gateId))
    .leftJoin(artifacts, eq(artifacts.id, gates.diffArtifactId))
}

export function toComment({ said, evidence, earlier }: CommentRow): GateComment {
  const { id, gateId: gate, actor, body, path, side, line, at } = said
  const place = path !== null && side !== null && line !== null ? { path, side, line } : null
  return { id, gate, actor, body, place, evidence, earlier, at: at.toISOString() }
}

const oldestFirst = (a: GateComment, b: GateComment): number =>
  a.at.localeCompare(b.at) || a.id.localeCompare(b.id)
