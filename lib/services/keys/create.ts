import { eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import { apiKeys } from '@/drizzle/schema'
import { keyScopes } from '@/lib/core/access'
import { appendAudit } from '@/lib/db/audit'
import { sha256 } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import { selectKeys, toKeyView } from './list'
import { newKey } from './secret'
import type { MadeKey } from './view'

export const createKeyInput = z.strictObject({
  name: z.string().trim().min(1).max(100),
  scopes: z
    .array(z.enum(keyScopes))
    .min(1)
    .transform((list) => keyScopes.filter((scope) => list.includes(scope))),
  /** Days until it opens nothing any more; null: until it is revoked. */
  days: z.int().min(1).max(3_650).nullable().default(90),
})

/**
 * Makes a key in the caller's name. What it opens is never more than its maker's role does at the time it is used.
 * @returns the key itself, which is not kept and cannot be shown again
 * @throws AppError('forbidden') for a scope that the caller does not hold, and for keys without `admin`, which could
 *   otherwise outlive their own end
 */
export async function createKey({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof createKeyInput>
}): Promise<MadeKey> {
  authorise(ctx, 'read')
  const { name, scopes, days } = parseInput(createKeyInput, input)
  if (ctx.key !== undefined) authorise(ctx, 'admin')
  const missing = scopes.filter((scope) => !ctx.grants.includes(scope))
  if (missing.length > 0) {
    throw new AppError('forbidden', `You do not hold ${missing.join(', ')} yourself.`, {
      place: 'scopes',
      mend: 'Leave it out, or ask an admin for another role.',
    })
  }
  const { key, prefix } = newKey()
  const id = newId()
  const view = await ctx.db.transaction(async (tx) => {
    await tx.insert(apiKeys).values({
      id,
      userId: ctx.actor.id,
      name,
      prefix,
      hash: sha256(key),
      scopes,
      expiresAt: days === null ? null : sql`now() + ${`${days} days`}::interval`,
    })
    const data = { key: id, name, prefix, scopes, days }
    await appendAudit(tx, { runId: null, actor: ctx.actor, action: 'key.created', data })
    const [row] = await selectKeys(tx, eq(apiKeys.id, id))
    if (!row) throw new AppError('internal', 'A key was made and then was not there.')
    return toKeyView(row)
  })
  return { ...view, key }
}
