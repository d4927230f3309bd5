import { and, asc, desc, eq } from 'drizzle-orm'
import { gateDecisions, gates } from '@/drizzle/schema'
import type { ReviewComment } from '@/lib/core/review'
import type { Tx } from '@/lib/db/client'
import type { GateComment } from '../views'
import { commentsOf } from './comments'

/** As `reviewSchema` and `reviewCommentSchema` bound a review. */
const [MOST, MOST_LETTERS] = [50, 4_000]

/**
 * What people said of the change that they rejected last, as a review says it: why, then what they said of it at its
 * gates. Nothing of an earlier change.
 */
export async function wishesOf(tx: Tx, runId: string): Promise<ReviewComment[]> {
  const [gate] = await tx
    .select()
    .from(gates)
    .where(and(eq(gates.runId, runId), eq(gates.status, 'rejected')))
    .orderBy(desc(gates.closedAt))
    .limit(1)
  if (!gate) return []
  const decisions = await tx
    .select({ reason: gateDecisions.reason })
    .from(gateDecisions)
    .where(and(eq(gateDecisions.gateId, gate.id), eq(gateDecisions.decision, 'reject')))
    .orderBy(asc(gateDecisions.at))
  const comments = await commentsOf(tx, gate)
  const wishes = [
    ...decisions.flatMap(({ reason }) => (reason === null ? [] : [wish('.', null, reason)])),
    ...comments.filter(({ earlier }) => !earlier).map(ofComment),
  ]
  return wishes.slice(0, MOST)
}

function ofComment({ place, body }: GateComment): ReviewComment {
  if (place === null) return wish('.', null, body)
  const { path, side, line } = place
  // A review's lines are those of the file as it is changed.
  return side === 'new' ? wish(path, line, body) : wish(path, null, `(line ${line} of the old file) ${body}`)
}

function wish(file: string, line: number | null, body: string): ReviewComment {
  return { file, line, severity: 'blocking', category: 'correctness', body: body.slice(0, MOST_LETTERS) }
}
