import { and, eq, isNotNull, sql } from 'drizzle-orm'
import { notifications } from '@/drizzle/schema'
import type { GatePolicy } from '@/lib/core/limits'
import { AppError } from '@/lib/errors'
import { redact } from '@/lib/log'
import { appendAudit, ENGINE } from './audit'
import { type Db, firstRow, type Tx } from './client'

/** Of a gate. */
export type News = 'opened' | 'overdue' | 'escalated'

/** Channels that can be delivered; the others of a gate's `notify` have no effect yet. */
const channels = ['github'] as const

interface Noticed {
  readonly id: string
  readonly policy: Pick<GatePolicy, 'notify'>
}

/** What people are to be told of a gate, a row for each channel. The same news twice is one row. */
export function gateNews({ id, policy }: Noticed, what: News) {
  return channels
    .filter((channel) => policy.notify.includes(channel))
    .map((channel) => ({ key: `${id}:${what}:${channel}`, channel, what }))
}

/** Keeps what people are to be told of a gate, in the transaction that it tells of. */
export async function notifyGate(
  tx: Tx,
  gate: Noticed & { readonly runId: string },
  what: News,
): Promise<void> {
  const rows = gateNews(gate, what)
  if (rows.length === 0) return
  const { id: gateId, runId } = gate
  await tx
    .insert(notifications)
    .values(rows.map((row) => ({ ...row, runId, gateId, dueAt: sql`now()` })))
    .onConflictDoNothing()
}

/** A notification that this worker has for a while; `token` fences its writes. */
export interface Delivery {
  readonly key: string
  readonly runId: string
  readonly gateId: string | null
  /** `ended`: of a run whose commit is still shown as `pending`, see `devpilot_end_checks`. */
  readonly what: News | 'ended'
  /** Which try this is, 1 for the first. */
  readonly attempt: number
  readonly token: number
}

/**
 * The one that is due longest, for so many milliseconds; null when none is. Stored times are rounded, up too: what is
 * due now must not look half a millisecond early.
 */
export async function claimNotification(db: Db, leaseMs: number): Promise<Delivery | null> {
  const row = firstRow(
    await db.execute(sql`
      update notifications set lease_token = lease_token + 1, attempts = attempts + 1,
        lease_until = now() + ${`${leaseMs} milliseconds`}::interval
      where key = (select key from notifications
        where due_at <= now() + interval '1 millisecond' and (lease_until is null or lease_until <= now())
        order by due_at limit 1 for update skip locked)
      returning key, run_id, gate_id, what, attempts, lease_token`),
  )
  if (!row) return null
  return {
    key: String(row.key),
    runId: String(row.run_id),
    gateId: row.gate_id === null ? null : String(row.gate_id),
    what: newsOf(row.what),
    attempt: Number(row.attempts),
    token: Number(row.lease_token),
  }
}

const kinds = ['opened', 'overdue', 'escalated', 'ended'] as const
const newsOf = (value: unknown): Delivery['what'] => kinds.find((kind) => kind === value) ?? 'opened'

const held = ({ key, token }: Delivery) =>
  and(eq(notifications.key, key), eq(notifications.leaseToken, token), isNotNull(notifications.dueAt))

/** Milliseconds that a delivery is still held. @throws AppError('lease_lost') */
export async function deliveryLeft(db: Db, delivery: Delivery): Promise<number> {
  const [row] = await db
    .select({ ms: sql<string>`extract(epoch from ${notifications.leaseUntil} - now()) * 1000` })
    .from(notifications)
    .where(and(held(delivery), sql`${notifications.leaseUntil} > now()`))
  if (!row) throw new AppError('lease_lost', 'Another worker has this notification now.')
  return Number(row.ms)
}

export type DeliveredTo = { readonly number: number } | { readonly headSha: string }
export type Delivered =
  /** On an issue or pull request, or on a commit. */
  | ({ readonly kind: 'sent'; readonly found: boolean } & DeliveredTo)
  /** Nothing is to be told any more, or there is nowhere to tell it. */
  | { readonly kind: 'dropped' | 'given_up'; readonly reason: string }
  | { readonly kind: 'again'; readonly reason: string; readonly inMs: number }

/** Keeps what became of a delivery, unless another worker has it by now. */
export async function settleDelivery(db: Db, delivery: Delivery, result: Delivered): Promise<void> {
  const error = result.kind === 'sent' ? null : redact(result.reason)
  const dueAt = result.kind === 'again' ? sql`now() + ${`${result.inMs} milliseconds`}::interval` : null
  const doneAt = result.kind === 'sent' ? sql`now()` : null
  await db.transaction(async (tx) => {
    const updated = await tx
      .update(notifications)
      .set({ dueAt, doneAt, error, leaseUntil: null })
      .where(held(delivery))
      .returning({ channel: notifications.channel })
    const [row] = updated
    if (!row || result.kind === 'again') return
    await appendAudit(tx, {
      runId: delivery.runId,
      actor: ENGINE,
      action: `notification.${result.kind}`,
      data: {
        ...result,
        ...(error === null ? {} : { reason: error }),
        channel: row.channel,
        what: delivery.what,
        gate: delivery.gateId,
        attempts: delivery.attempt,
      },
    })
  })
}
