import { and, eq, isNull, or, sql } from 'drizzle-orm'
import { z } from 'zod'
import { apiKeys } from '@/drizzle/schema'
import { appendAudit } from '@/lib/db/audit'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import { selectKeys, toKeyView } from './list'
import type { KeyView } from './view'

export const revokeKeyInput = z.strictObject({
  /** Its id or its prefix. */
  key: z.string().trim().min(1).max(100),
})

/**
 * Revokes a key: one's own, or anybody's for admins. Its next request is refused.
 * @throws AppError('not_found') for one that is not there or not the caller's, 'conflict' for one revoked before
 */
export async function revokeKey({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof revokeKeyInput>
}): Promise<KeyView> {
  authorise(ctx, 'read')
  const { key } = parseInput(revokeKeyInput, input)
  const prefix = key.replace(/^dp_([0-9a-f]{10}).*$/, '$1')
  const named = z.uuid().safeParse(key).success
    ? or(eq(apiKeys.id, key), eq(apiKeys.prefix, prefix))
    : eq(apiKeys.prefix, prefix)
  const own = ctx.grants.includes('admin') ? undefined : eq(apiKeys.userId, ctx.actor.id)
  return ctx.db.transaction(async (tx) => {
    const [before] = await selectKeys(tx, and(named, own)).limit(1)
    if (!before) throw new AppError('not_found', 'There is no such key of yours.')
    const changed = await tx
      .update(apiKeys)
      .set({ revokedAt: sql`now()`, revokedBy: ctx.actor.id })
      .where(and(eq(apiKeys.id, before.id), isNull(apiKeys.revokedAt)))
      .returning({ id: apiKeys.id })
    if (changed.length === 0) throw new AppError('conflict', 'This key was revoked already.')
    const data = { key: before.id, name: before.name, prefix: before.prefix, of: before.userId }
    await appendAudit(tx, { runId: null, actor: ctx.actor, action: 'key.revoked', data })
    const [after] = await selectKeys(tx, eq(apiKeys.id, before.id))
    if (!after) throw new AppError('internal', 'A key was revoked and then was not there.')
    return toKeyView(after)
  })
}

/** Revokes every key of everybody. Returns how many. */
export async function revokeAllKeys({ ctx }: { ctx: ServiceContext }): Promise<number> {
  authorise(ctx, 'admin')
  return ctx.db.transaction(async (tx) => {
    const revoked = await tx
      .update(apiKeys)
      .set({ revokedAt: sql`now()`, revokedBy: ctx.actor.id })
      .where(isNull(apiKeys.revokedAt))
      .returning({ id: apiKeys.id })
    const data = { count: revoked.length }
    await appendAudit(tx, { runId: null, actor: ctx.actor, action: 'key.all_revoked', data })
    return revoked.length
  })
}
