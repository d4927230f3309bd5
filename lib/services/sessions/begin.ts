import { sql } from 'drizzle-orm'
import { type sessionKindNames, sessions } from '@/drizzle/schema'
import { appendAudit } from '@/lib/db/audit'
import type { Tx } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { actorOf } from '../sign-in/actor'

export const SESSION_DAYS = 30

/** Begins a session, in the transaction that let the person in. Returns its id, which the cookie will name. */
export async function beginSession(
  tx: Tx,
  user: { readonly id: string; readonly name: string },
  how: { readonly kind: (typeof sessionKindNames)[number]; readonly agent: string },
): Promise<string> {
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
