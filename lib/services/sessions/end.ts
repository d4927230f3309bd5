import { and, eq, isNull, ne, sql } from 'drizzle-orm'
import { z } from 'zod'
import { sessions } from '@/drizzle/schema'
import { appendAudit } from '@/lib/db/audit'
import type { Tx } from '@/lib/db/client'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'

export const endSessionInput = z.strictObject({ session: z.uuid() })

/** Ends one session of the caller: its next request is nobody's. @throws AppError('not_found') */
export async function endSession({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof endSessionInput>
}): Promise<void> {
  authorise(ctx, 'read')
  const { session } = parseInput(endSessionInput, input)
  await ctx.db.transaction(async (tx) => {
    const ended = await tx
      .update(sessions)
      .set({ endedAt: sql`now()` })
      .where(and(eq(sessions.id, session), eq(sessions.userId, ctx.actor.id), isNull(sessions.endedAt)))
      .returning({ id: sessions.id })
    if (ended.length === 0) throw new AppError('not_found', 'This session has ended already.')
    const action = session === ctx.session ? 'user.signed_out' : 'session.ended'
    await appendAudit(tx, { runId: null, actor: ctx.actor, action, data: { session } })
  })
}

/** Ends all sessions of the caller but the one that asks. Returns how many. */
export async function endOtherSessions({ ctx }: { ctx: ServiceContext }): Promise<number> {
  authorise(ctx, 'read')
  return ctx.db.transaction((tx) => endOthers(tx, ctx))
}

/** Ends them within a transaction that has another reason to. Returns how many. */
export async function endOthers(tx: Tx, ctx: Pick<ServiceContext, 'actor' | 'session'>): Promise<number> {
  const ended = await tx
    .update(sessions)
    .set({ endedAt: sql`now()` })
    .where(
      and(
        eq(sessions.userId, ctx.actor.id),
        isNull(sessions.endedAt),
        ctx.session === undefined ? undefined : ne(sessions.id, ctx.session),
      ),
    )
    .returning({ id: sessions.id })
  const data = { count: ended.length, of: ctx.actor.id }
  await appendAudit(tx, { runId: null, actor: ctx.actor, action: 'session.others_ended', data })
  return ended.length
}

/** Ends every session of one user, within a transaction that says why. Returns how many. */
export async function endAllOf(tx: Tx, user: string): Promise<number> {
  const ended = await tx
    .update(sessions)
    .set({ endedAt: sql`now()` })
    .where(and(eq(sessions.userId, user), isNull(sessions.endedAt)))
    .returning({ id: sessions.id })
  return ended.length
}

/** Ends every session of everybody, the caller's too. Returns how many. */
export async function endAllSessions({ ctx }: { ctx: ServiceContext }): Promise<number> {
  authorise(ctx, 'admin')
  return ctx.db.transaction(async (tx) => {
    const ended = await tx
      .update(sessions)
      .set({ endedAt: sql`now()` })
      .where(isNull(sessions.endedAt))
      .returning({ id: sessions.id })
    const data = { count: ended.length }
    await appendAudit(tx, { runId: null, actor: ctx.actor, action: 'session.all_ended', data })
    return ended.length
  })
}
