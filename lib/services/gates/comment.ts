import { eq } from 'drizzle-orm'
import { z } from 'zod'
import { gateComments, gates } from '@/drizzle/schema'
import { appendAudit } from '@/lib/db/audit'
import { appendEvents } from '@/lib/db/events'
import { newId } from '@/lib/db/ids'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import type { GateComment } from '../views'
import { placeIn } from './comment-place'
import { linePlaceSchema } from './comment-view'
import { MOST_COMMENTS, toComment } from './comments'
import { noGate } from './get'

export const commentGateInput = z.strictObject({
  gate: z.uuid(),
  body: z.string().trim().min(1, 'a comment says something').max(4_000, 'at most 4,000 characters'),
  /** The line of the gate's diff that it is about; without it, the gate as a whole. */
  place: linePlaceSchema.optional(),
})

/**
 * What a person says at a gate, open or closed, or on a line of its diff. It decides nothing.
 * @throws AppError('not_found'), 'bad_request' for a line that the diff does not have, 'forbidden' for agents and for who may only look
 */
export async function commentGate({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof commentGateInput>
}): Promise<GateComment> {
  authorise(ctx, 'approve')
  const { gate: id, body, place: asked } = parseInput(commentGateInput, input)
  if (ctx.actor.kind !== 'user')
    throw new AppError('forbidden', 'At gates people talk; agents and their keys cannot.')
  // A gate's diff never changes: it is read before anything is held.
  const place = asked ? await placeIn(ctx, id, asked) : null
  return ctx.db.transaction(async (tx) => {
    const [gate] = await tx.select().from(gates).where(eq(gates.id, id)).for('update')
    if (!gate) throw noGate(id)
    if ((await tx.$count(gateComments, eq(gateComments.gateId, id))) >= MOST_COMMENTS)
      throw new AppError('conflict', `This gate has ${MOST_COMMENTS} comments already.`, {
        mend: 'Decide it, or talk elsewhere.',
      })
    const [row] = await tx
      .insert(gateComments)
      .values({ id: newId(), gateId: id, actor: ctx.actor, actorId: ctx.actor.id, body, ...place })
      .returning()
    if (!row) throw new AppError('internal', 'The comment was not stored.')
    const said = { comment: row.id, evidence: gate.evidenceHash, body, ...(place ? { place } : {}) }
    const data = { gate: gate.name, gateId: id, ...said }
    // The log before the audit, as the engine does: nobody waits in a circle.
    await appendEvents(tx, [{ runId: gate.runId, beadId: gate.beadId, kind: 'gate', data }])
    await appendAudit(tx, { runId: gate.runId, actor: ctx.actor, action: 'gate.commented', data })
    return toComment({ said: row, evidence: gate.evidenceHash, earlier: false })
  })
}
