import { and, eq, isNull, sql } from 'drizzle-orm'
import { type sessionKindNames, sessions, users } from '@/drizzle/schema'
import { appendAudit } from '@/lib/db/audit'
import type { Tx } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { AppError } from '@/lib/errors'
import { actorOf } from '../sign-in/actor'

export const SESSION_DAYS = 30

/** Begins a session, in the transaction that let the person in. Returns its id, which the cookie will name. */
export async function beginSession(
  tx: Tx,
  userId: string,
  how: { readonly kind: (typeof sessionKindNames)[number]; readonly agent: string },
): Promise<string> {
  const [user] = await tx
    .select({ id: users.id, name: users.name })
    .from(users)
    .where(and(eq(users.id, userId), isNull(users.disabledAt)))
  if (!user) throw new AppError('unauthorized', 'This account is deactivated.', { mend: 'Ask an admin.' })
  const id = newId()
  await tx.insert(sessions).values({
    id,
    userId: user.id,
    kind: how.kind,
    agent: how.agent.slice(0, 300),
    expiresAt: sql`now() + ${`${SESSION_DAYS} days`}::interval`,
  })
  const data = { session: id, with: how.kind }
  await appendAudit(tx, { runId: null, actor: actorOf(user, 'dashboard'), action: 'user.signed_in', data })
  return id
}
