import { and, desc, eq, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import { apiKeys, users } from '@/drizzle/schema'
import type { Db, Tx } from '@/lib/db/client'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { decodeCursor, encodeCursor, olderThan, pageInput, toPage } from '../cursor'
import { parseInput } from '../parse'
import type { Page } from '../views'
import type { KeyView } from './view'

export const listKeysInput = z.strictObject({ ...pageInput })

/** Keys, the newest first: one's own, and for admins everybody's. Never what opens anything. */
export async function listKeys({
  ctx,
  input = {},
}: {
  ctx: ServiceContext
  input?: z.input<typeof listKeysInput>
}): Promise<Page<KeyView>> {
  authorise(ctx, 'read')
  const { limit, cursor } = parseInput(listKeysInput, input)
  const own = ctx.grants.includes('admin') ? undefined : eq(apiKeys.userId, ctx.actor.id)
  const rows = await selectKeys(
    ctx.db,
    and(own, olderThan(apiKeys.createdAt, apiKeys.id, decodeCursor(cursor))),
  )
    .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))
    .limit(limit + 1)
  return toPage(rows, limit, ({ createdAt, id }) => encodeCursor(createdAt, id), toKeyView)
}

/** What may be seen of keys; their hash may not. */
export function selectKeys(db: Db | Tx, where: SQL | undefined) {
  return db
    .select({
      id: apiKeys.id,
      name: apiKeys.name,
      prefix: apiKeys.prefix,
      scopes: apiKeys.scopes,
      userId: apiKeys.userId,
      userName: users.name,
      createdAt: apiKeys.createdAt,
      expiresAt: apiKeys.expiresAt,
      usedAt: apiKeys.usedAt,
      revokedAt: apiKeys.revokedAt,
      expired: sql<boolean>`coalesce(${apiKeys.expiresAt} <= now(), false)`,
      closed: sql<boolean>`${users.disabledAt} is not null`,
    })
    .from(apiKeys)
    .innerJoin(users, eq(users.id, apiKeys.userId))
    .where(where)
    .$dynamic()
}

type KeyRow = Awaited<ReturnType<typeof selectKeys>>[number]

export function toKeyView({ userId, userName, expired, closed, ...row }: KeyRow): KeyView {
  const ended = row.revokedAt !== null ? 'revoked' : expired ? 'expired' : closed ? 'closed' : 'active'
  return {
    ...row,
    user: { id: userId, name: userName },
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    usedAt: row.usedAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
    state: ended,
  }
}
