import { and, asc, desc, eq } from 'drizzle-orm'
import { gateDecisions, gates } from '@/drizzle/schema'
import type { ReviewComment } from '@/lib/core/review'
import type { Tx } from '@/lib/db/client'
import type { GateComment } from '../views'
import { commentsOf } from './comments'

/** As `reviewSchema` bounds a review; the letters in all are about what a prompt has of any other thing. */
const [MOST, MOST_LETTERS, MOST_IN_ALL] = [50, 4_000, 20_000]

/**
 * What people said of the change that they rejected last, as a review says it: why it is sent back, why it was
 * rejected, and what they said of it at its gates. What those say who rejected it has to be settled, the rest may be
 * declined with a reason. Nothing of an earlier change; of very many comments the newest.
 * @param reason what was said while it was sent back
 */
export async function wishesOf(tx: Tx, runId: string, reason?: string): Promise<ReviewComment[]> {
  const [gate] = await tx
    .select()
    .from(gates)
    .where(and(eq(gates.runId, runId), eq(gates.status, 'rejected')))
    .orderBy(desc(gates.closedAt))
    .limit(1)
  if (!gate) return []
  const decisions = await tx
    .select({ reason: gateDecisions.reason, by: gateDecisions.actorId })
    .from(gateDecisions)
    .where(and(eq(gateDecisions.gateId, gate.id), eq(gateDecisions.decision, 'reject')))
    .orderBy(asc(gateDecisions.at))
  const rejecters = new Set(decisions.map(({ by }) => by))
  const comments = (await commentsOf(tx, gate)).filter(({ earlier }) => !earlier)
  const reasons = [reason, ...decisions.map((decision) => decision.reason)].filter((text) => text != null)
  const said = reasons.map((text) => wish('.', null, text, 'blocking'))
  const newest = comments.toReversed().map((one) => ofComment(one, rejecters.has(one.actor.id)))
  return [...said, ...bounded(newest, said).reverse()]
}

/** As many of these, in their order, as there is room for beside the others. */
function bounded(comments: readonly ReviewComment[], others: readonly ReviewComment[]): ReviewComment[] {
  let letters = others.reduce((sum, { body }) => sum + body.length, 0)
  return comments.slice(0, MOST - others.length).filter(({ body }) => {
    letters += body.length
    return letters <= MOST_IN_ALL
  })
}

function ofComment({ place, body }: GateComment, rejects: boolean): ReviewComment {
  const severity = rejects ? 'blocking' : 'warning'
  if (place === null) return wish('.', null, body, severity)
  const { path, side, line } = place
  // A review's lines are those of the file as it is changed.
  return side === 'new'
    ? wish(path, line, body, severity)
    : wish(path, null, `(line ${line} of the old file) ${body}`, severity)
}

function wish(
  file: string,
  line: number | null,
  body: string,
  severity: ReviewComment['severity'],
): ReviewComment {
  return { file, line, severity, category: 'correctness', body: body.slice(0, MOST_LETTERS) }
}
