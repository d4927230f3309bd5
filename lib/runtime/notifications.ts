import { desc, eq } from 'drizzle-orm'
import { gates, pullRequests, repositories, runs } from '@/drizzle/schema'
import type { RunRecord } from '@/lib/core/record'
import { backoffMs } from '@/lib/core/retry'
import type { Db } from '@/lib/db/client'
import { holdNow } from '@/lib/db/fence'
import {
  claimNotification,
  type Delivered,
  type DeliveredTo,
  type Delivery,
  deliveryLeft,
  type News,
  settleDelivery,
} from '@/lib/db/notifications'
import { AppError, toAppError } from '@/lib/errors'
import type { BeforeWrite, Forge } from '@/lib/forge/forge'
import { endedCheck } from './ended-check'

export interface DeliverInput {
  readonly db: Db
  readonly forgeOf: (run: Pick<RunRecord, 'id' | 'repository'>, beforeWrite: BeforeWrite) => Promise<Forge>
  /** The page of a run. */
  readonly runUrl: (run: string) => string
  readonly random: () => number
  readonly signal?: AbortSignal
  readonly leaseMs?: number
}

const LEASE_MS = 60_000
/** Tries in all, over about an hour. */
const TRIES = 8

/**
 * Delivers every notification that is due, each once: what it says is looked for on the forge before it is made, so a
 * worker that dies between the two leaves nothing that the next one would do again.
 * @returns how many were sent
 */
export async function deliverNotifications(input: DeliverInput): Promise<number> {
  let sent = 0
  while (!input.signal?.aborted) {
    const delivery = await claimNotification(input.db, input.leaseMs ?? LEASE_MS)
    if (!delivery) break
    const result = await deliver(input, delivery).catch((error: unknown) => again(input, delivery, error))
    if (result.kind === 'sent') sent += 1
    await settleDelivery(input.db, delivery, result)
  }
  return sent
}

/** What is to be said, and where. */
export interface Message {
  readonly run: Pick<RunRecord, 'id' | 'repository'>
  readonly to: DeliveredTo
  say(forge: Forge): Promise<void>
}

async function deliver(input: DeliverInput, delivery: Delivery): Promise<Delivered> {
  if (delivery.attempt > TRIES)
    return { kind: 'given_up', reason: `No worker lived through ${TRIES} tries to deliver it.` }
  const message = await messageOf(input, delivery)
  if ('dropped' in message) return { kind: 'dropped', reason: message.dropped }
  let writes = 0
  let late: string | null = null
  const forge = await input.forgeOf(message.run, async () => {
    // A forge may be waited for: what was true when it was asked for may not be told any more.
    await holdNow(async () => {
      const now = await messageOf(input, delivery)
      late = 'dropped' in now ? now.dropped : null
      if (late !== null) throw new AppError('conflict', late)
      return deliveryLeft(input.db, delivery)
    })
    writes += 1
  })
  try {
    await message.say(forge)
  } catch (error) {
    if (late === null || writes > 0) throw error
    return { kind: 'dropped', reason: late }
  }
  return { kind: 'sent', found: writes === 0, ...message.to }
}

async function messageOf(input: DeliverInput, delivery: Delivery): Promise<Message | { dropped: string }> {
  const { what } = delivery
  return what === 'ended' ? endedCheck(input.db, delivery, input.runUrl) : gateNews(input, delivery, what)
}

async function gateNews(
  { db, runUrl }: DeliverInput,
  delivery: Delivery,
  what: News,
): Promise<Message | { dropped: string }> {
  const about = await aboutOf(db, delivery)
  if (!about) return { dropped: 'The gate waits no longer.' }
  const { run, number } = about
  if (number === null) return { dropped: 'The run has no pull request and no issue to tell it on.' }
  const body = textOf(about, what, runUrl(run.id))
  return { run, to: { number }, say: (forge) => forge.comment(number, { key: delivery.key, body }) }
}

function again({ random }: DeliverInput, { attempt }: Delivery, error: unknown): Delivered {
  const { message, mend, retryAfterMs } = toAppError(error)
  const reason = mend === undefined ? message : `${message} ${mend}`
  if (attempt >= TRIES) return { kind: 'given_up', reason }
  const inMs = backoffMs(attempt, random(), {
    baseMs: 20_000,
    capMs: 1_200_000,
    floorMs: retryAfterMs ?? 5_000,
  })
  return { kind: 'again', reason, inMs }
}

interface About {
  readonly run: Pick<RunRecord, 'id' | 'repository'>
  /** Of the pull request, or of the issue that the run came from. */
  readonly number: number | null
  readonly gate: typeof gates.$inferSelect
}

/** What a notification tells of; null when its gate was decided, or is void. */
async function aboutOf(db: Db, { gateId }: Delivery): Promise<About | null> {
  if (gateId === null) return null
  const [row] = await db
    .select({ gate: gates, run: runs, repository: repositories })
    .from(gates)
    .innerJoin(runs, eq(runs.id, gates.runId))
    .innerJoin(repositories, eq(repositories.id, runs.repositoryId))
    .where(eq(gates.id, gateId))
  if (row?.gate.status !== 'waiting') return null
  const [pull] = await db
    .select({ number: pullRequests.number })
    .from(pullRequests)
    .where(eq(pullRequests.runId, row.run.id))
    .orderBy(desc(pullRequests.createdAt))
    .limit(1)
  const number = pull?.number ?? row.run.task.issue ?? null
  return { run: { id: row.run.id, repository: row.repository }, number, gate: row.gate }
}

const openings: Readonly<Record<News, string>> = {
  opened: 'waits for approval',
  overdue: 'still waits for approval: its time is over',
  escalated: 'still waits for approval, and ends by itself if nobody decides',
}

function textOf({ gate }: About, what: News, url: string): string {
  const { requiredApprovers } = gate.policy
  const who =
    requiredApprovers === 1 ? 'One person is asked' : `${requiredApprovers} different people are asked`
  const until = gate.expiresAt === null ? '' : `\nUntil ${gate.expiresAt.toISOString()}.`
  return `**DevPilot ${openings[what]}** at \`${gate.name}\`, to ${gate.leadsTo}.

${gate.reason}

${who}. Approving is bound to the evidence \`${gate.evidenceHash}\` of commit ${gate.headSha}.${until}

- [Look at the change and decide](${url})
- \`devpilot gate approve ${gate.id}\`, or \`devpilot gate reject ${gate.id} --reason "…"\``
}
