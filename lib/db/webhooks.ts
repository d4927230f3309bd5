import { and, asc, eq, isNotNull, isNull, lt, ne, sql } from 'drizzle-orm'
import { repositories, webhookDeliveries } from '@/drizzle/schema'
import { storable } from '@/drizzle/schema/columns'
import type { DeliveryStatus } from '@/lib/core/webhook'
import { AppError } from '@/lib/errors'
import { redact } from '@/lib/log'
import { type Db, firstRow, type Tx } from './client'

/** A delivery that this worker has for a while; `token` fences its writes. */
export interface ClaimedDelivery {
  readonly id: string
  readonly event: string
  readonly delivery: string
  readonly repositoryName: string | null
  readonly payload: string
  /** Which try this is, 1 for the first. */
  readonly attempt: number
  readonly token: number
  /** When it came, or was delivered again. */
  readonly askedAt: Date
}

/** The one that is due longest, for so many milliseconds; null when none is. */
export async function claimDelivery(db: Db, leaseMs: number): Promise<ClaimedDelivery | null> {
  const row = firstRow(
    await db.execute(sql`
      update webhook_deliveries set lease_token = lease_token + 1, attempts = attempts + 1,
        lease_until = now() + ${`${leaseMs} milliseconds`}::interval
      where id = (select id from webhook_deliveries
        where due_at <= now() + interval '1 millisecond' and (lease_until is null or lease_until <= now())
        order by due_at limit 1 for update skip locked)
      returning id, event, delivery, repository_name, payload, attempts, lease_token,
        asked_at`),
  )
  if (!row) return null
  return {
    id: String(row.id),
    event: String(row.event),
    delivery: String(row.delivery),
    repositoryName: row.repository_name === null ? null : String(row.repository_name),
    payload: String(row.payload),
    attempt: Number(row.attempts),
    token: Number(row.lease_token),
    askedAt: new Date(String(row.asked_at)),
  }
}

/** Gives one back that was not worked on to its end, as if nobody had claimed it; nothing if another has it by now. */
export async function releaseDelivery(db: Db, { id, token }: ClaimedDelivery): Promise<void> {
  const { leaseToken, attempts, dueAt } = webhookDeliveries
  await db
    .update(webhookDeliveries)
    .set({ leaseUntil: null, attempts: sql`${attempts} - 1` })
    .where(and(eq(webhookDeliveries.id, id), eq(leaseToken, token), isNotNull(dueAt)))
}

/** What makes one be worked on from its beginning; whoever has it at this moment can settle it no more. */
export const askedAgain = {
  status: 'waiting',
  note: null,
  attempts: 0,
  dueAt: sql`now()`,
  leaseToken: sql`${webhookDeliveries.leaseToken} + 1`,
  leaseUntil: null,
  handledAt: null,
  askedAt: sql`now()`,
} as const

export type Settled =
  | {
      readonly kind: 'settled'
      readonly status: Exclude<DeliveryStatus, 'waiting'>
      readonly note: string
      readonly repository?: string
      readonly run?: string
    }
  | { readonly kind: 'again'; readonly note: string; readonly inMs: number }

/** Keeps what became of a delivery. @throws AppError('lease_lost') when another worker has it by now */
export async function settleDelivery(
  db: Db | Tx,
  { id, token }: ClaimedDelivery,
  result: Settled,
): Promise<void> {
  const note = storable(redact(result.note))
  const change =
    result.kind === 'again'
      ? { note, leaseUntil: null, dueAt: sql`now() + ${`${result.inMs} milliseconds`}::interval` }
      : {
          note,
          leaseUntil: null,
          dueAt: null,
          status: result.status,
          handledAt: sql`now()`,
          ...(result.repository === undefined ? {} : { repositoryId: result.repository }),
          ...(result.run === undefined ? {} : { runId: result.run }),
        }
  const { leaseToken, dueAt } = webhookDeliveries
  const kept = await db
    .update(webhookDeliveries)
    .set(change)
    .where(and(eq(webhookDeliveries.id, id), eq(leaseToken, token), isNotNull(dueAt)))
    .returning({ id: webhookDeliveries.id })
  if (kept.length === 0) throw new AppError('lease_lost', 'Another worker has this delivery now.')
}

/** The repository of a GitHub name, which is written in any case; of several the one that was here first. */
export async function repositoryNamed(
  db: Db | Tx,
  name: string,
): Promise<typeof repositories.$inferSelect | null> {
  const [row] = await db
    .select()
    .from(repositories)
    .where(
      and(
        sql`lower(${repositories.name}) = lower(${storable(name)})`,
        eq(repositories.forge, 'github'),
        isNull(repositories.removedAt),
      ),
    )
    .orderBy(asc(repositories.createdAt), asc(repositories.id))
    .limit(1)
  return row ?? null
}

/** Clears the payloads of a month ago away; what came of each stays. Returns how many. */
export async function forgetPayloads(db: Db): Promise<number> {
  const { id, receivedAt, payload, status } = webhookDeliveries
  const gone = await db
    .update(webhookDeliveries)
    .set({ payload: null })
    .where(and(isNotNull(payload), lt(receivedAt, sql`now() - interval '30 days'`), ne(status, 'waiting')))
    .returning({ id })
  return gone.length
}
