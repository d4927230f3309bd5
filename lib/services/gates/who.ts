import { and, eq, inArray, type SQL, sql } from 'drizzle-orm'
import { gateDecisions, gates, identities, runs } from '@/drizzle/schema'
import type { AskedGate } from '@/lib/core/approver'
import type { Decision } from '@/lib/core/gate'
import type { Actor } from '@/lib/core/trigger'
import type { Db, Tx } from '@/lib/db/client'
import type { ServiceContext } from '../context'

interface AskedInput {
  readonly gate: Pick<typeof gates.$inferSelect, 'status' | 'policy'>
  readonly requestedBy: Actor
  readonly decisions: readonly Decision[]
}

/** A gate as lib/core/approver.ts judges it. */
export function askedGate({ gate, requestedBy, decisions }: AskedInput): AskedGate {
  // Commits that people push are told by their hash alone: which account made them is not on record.
  const committers: string[] = []
  return {
    status: gate.status,
    requestedBy,
    committers,
    decisions,
    requiredApprovers: gate.policy.requiredApprovers,
  }
}

const AT_GITHUB = 'github:'

/**
 * Whether who looks at gates is who asked for a run, also through an account of GitHub that was linked after. Of those
 * who asked as somebody of GitHub's it is looked up who they are by now.
 */
export async function asKnownNow(
  db: Db | Tx,
  { actor }: Pick<ServiceContext, 'actor'>,
  requesters: readonly Actor[],
): Promise<(requestedBy: Actor) => Actor> {
  const subjects = requesters.flatMap(({ kind, id }) =>
    kind === 'user' && id.startsWith(AT_GITHUB) ? [id.slice(AT_GITHUB.length)] : [],
  )
  if (subjects.length === 0) return (requestedBy) => requestedBy
  const own = await db
    .select({ subject: identities.subject })
    .from(identities)
    .where(
      and(
        eq(identities.provider, 'github'),
        eq(identities.userId, actor.id),
        inArray(identities.subject, subjects),
      ),
    )
  const accounts = own.map(({ subject }) => `${AT_GITHUB}${subject}`)
  return (requestedBy) => (accounts.includes(requestedBy.id) ? { ...requestedBy, id: actor.id } : requestedBy)
}

/** Who has decided what, by gate. */
export async function decisionsAt(db: Db | Tx, ids: readonly string[]): Promise<Map<string, Decision[]>> {
  const found = new Map<string, Decision[]>(ids.map((id) => [id, []]))
  if (ids.length === 0) return found
  const rows = await db
    .select({
      gateId: gateDecisions.gateId,
      actorId: gateDecisions.actorId,
      decision: gateDecisions.decision,
    })
    .from(gateDecisions)
    .where(inArray(gateDecisions.gateId, [...ids]))
  for (const { gateId, ...decision } of rows) found.get(gateId)?.push(decision)
  return found
}

/** The condition for gates whose approval waits for who asks; the same rules as `mayDecide`, in SQL. */
export function waitsFor({ actor, grants, singleUser }: ServiceContext): SQL {
  if (actor.kind !== 'user' || !grants.includes('approve')) return sql`false`
  const decided = sql`exists (select 1 from ${gateDecisions} mine
    where mine.gate_id = ${gates.id} and mine.actor_id = ${actor.id})`
  const accounts = sql`select ${AT_GITHUB}::text || own.subject from ${identities} own
    where own.provider = 'github' and own.user_id = ${actor.id}`
  const asked = sql`(${runs.requestedBy}->>'kind' = 'user'
    and (${runs.requestedBy}->>'id' = ${actor.id} or ${runs.requestedBy}->>'id' in (${accounts})))`
  return singleUser ? sql`not ${decided}` : sql`not ${decided} and not ${asked}`
}
