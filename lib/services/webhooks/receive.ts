import { and, eq, isNull, or, sql } from 'drizzle-orm'
import { z } from 'zod'
import { webhookDeliveries } from '@/drizzle/schema'
import { aboutEvent, type GitHubNews, readNews } from '@/lib/core/github-event'
import { type DeliveryStatus, deliveryStatusNames, GITHUB } from '@/lib/core/webhook'
import { appendAudit } from '@/lib/db/audit'
import { cleanDocument } from '@/lib/db/clean'
import { type Db, sha256 } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { askedAgain, repositoryNamed } from '@/lib/db/webhooks'
import { AppError } from '@/lib/errors'

const NOW = sql`now()`

/** A webhook whose signature was found right. */
export interface SignedWebhook {
  readonly delivery: string
  readonly event: string
  /** What was signed, to the byte. */
  readonly text: string
  /** What it says. */
  readonly payload: Readonly<Record<string, unknown>>
}

export const receivedSchema = z.object({
  id: z.uuid(),
  status: z.enum(deliveryStatusNames),
  /** It was here before: nothing is done a second time. */
  duplicate: z.boolean(),
})

/**
 * Keeps what GitHub told, once: neither the same delivery nor the same words under another number are kept again. What
 * can start no run is settled here; the rest waits for a worker.
 * @param db as the process itself: who sends it is told by the signature alone
 * @throws AppError('bad_request') for what is no event of GitHub
 */
export async function receiveWebhook({
  db,
  input: { delivery, event, text, payload },
}: {
  db: Db
  input: SignedWebhook
}): Promise<z.input<typeof receivedSchema>> {
  const about = aboutEvent(payload)
  if (!about) {
    throw new AppError('bad_request', 'The payload is no event of GitHub.', {
      place: 'body',
      mend: 'Let GitHub itself send it: Settings, Webhooks of the repository.',
    })
  }
  const news = readNews(event, payload)
  const repository =
    news.kind === 'none' || about.repository === null ? null : await repositoryNamed(db, about.repository)
  const { status, note } = firstLook(news, about.repository, repository !== null)
  const waits = status === 'waiting'
  const id = newId()
  const digest = sha256(text)
  const kept = JSON.stringify(cleanDocument(payload))
  const [added] = await db
    .insert(webhookDeliveries)
    .values({
      id,
      source: 'github',
      delivery,
      digest,
      event,
      action: about.action,
      repositoryId: repository?.id ?? null,
      repositoryName: about.repository,
      payload: kept,
      status,
      note,
      dueAt: waits ? NOW : null,
      handledAt: waits ? null : NOW,
    })
    .onConflictDoNothing()
    .returning({ id: webhookDeliveries.id, status: webhookDeliveries.status })
  if (added) return { ...added, duplicate: false }
  const again = waits
    ? await sentAgain(db, { delivery, digest }, { repositoryId: repository?.id ?? null, payload: kept })
    : null
  if (again) return { ...again, duplicate: true }
  const [before] = await db
    .select({ id: webhookDeliveries.id, status: webhookDeliveries.status })
    .from(webhookDeliveries)
    .where(
      and(
        eq(webhookDeliveries.source, 'github'),
        or(eq(webhookDeliveries.delivery, delivery), eq(webhookDeliveries.digest, digest)),
      ),
    )
  if (!before) throw new AppError('internal', 'A delivery was there and then was not.')
  return { ...before, duplicate: true }
}

/**
 * Has one worked on again that somebody at GitHub sends again: where it could not be worked on, or its repository was
 * not here then. @returns null where there is nothing to do again
 */
function sentAgain(
  db: Db,
  sent: { readonly delivery: string; readonly digest: string },
  known: { readonly repositoryId: string | null; readonly payload: string },
) {
  const { id, source, delivery, digest, status, event, runId, repositoryId } = webhookDeliveries
  const wasUnknown = and(eq(status, 'ignored'), isNull(repositoryId))
  return db.transaction(async (tx) => {
    const here = and(
      eq(source, 'github'),
      eq(delivery, sent.delivery),
      eq(digest, sent.digest),
      isNull(runId),
      or(eq(status, 'failed'), wasUnknown),
    )
    const [row] = await tx
      .select({ id, event, was: status })
      .from(webhookDeliveries)
      .where(here)
      .for('update')
    if (!row) return null
    await tx
      .update(webhookDeliveries)
      .set({ ...known, ...askedAgain })
      .where(eq(id, row.id))
    const data = {
      webhook: row.id,
      source: 'github',
      delivery: sent.delivery,
      event: row.event,
      was: row.was,
    }
    await appendAudit(tx, { runId: null, actor: GITHUB, action: 'webhook.redelivered', data })
    return { id: row.id, status: askedAgain.status }
  })
}

function firstLook(
  news: GitHubNews,
  name: string | null,
  known: boolean,
): { status: DeliveryStatus; note: string | null } {
  if (news.kind === 'none') return news
  if (known) return { status: 'waiting', note: null }
  return { status: 'ignored', note: unknownRepository(name) }
}

export function unknownRepository(name: string | null): string {
  if (name === null) return 'The payload names no repository.'
  return `${name} is no repository of this installation: add it under Repositories, then deliver this again.`
}
