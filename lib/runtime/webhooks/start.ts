import { and, desc, eq, gte, inArray, or, sql } from 'drizzle-orm'
import { runs } from '@/drizzle/schema'
import type { WantedRun } from '@/lib/core/github-trigger'
import { isEnded, runStatusNames } from '@/lib/core/status'
import type { Actor } from '@/lib/core/trigger'
import { appendAudit } from '@/lib/db/audit'
import type { Db, Tx } from '@/lib/db/client'
import { type ClaimedDelivery, settleDelivery } from '@/lib/db/webhooks'
import { accessLevels } from '@/lib/services/context'
import { insertRun } from '@/lib/services/runs/start'
import { startRunInput } from '@/lib/services/runs/start-input'

const unfinished = runStatusNames.filter((status) => !isEnded(status))

export interface StartInput {
  readonly db: Db
  readonly home: string
  readonly claimed: ClaimedDelivery
  readonly repository: { readonly id: string; readonly name: string }
  readonly wanted: WantedRun
  readonly actor: Actor
}

/**
 * Starts the run of a delivery and settles the delivery with it, in one transaction: whoever dies in it has started
 * none, and whoever has lost the delivery meanwhile starts none. What is worked on already is not begun again.
 * @returns the run that was started; null: there is one
 * @throws AppError('lease_lost') when another worker has the delivery by now
 */
export function startRunOf(input: StartInput): Promise<string | null> {
  const { db, home, claimed, repository, wanted, actor } = input
  return db.transaction(async (tx) => {
    // Two deliveries about one issue come one after the other.
    const about = wanted.trigger === 'github_issue' ? wanted.issue : wanted.title
    await tx.execute(
      sql`select pg_advisory_xact_lock(hashtextextended(${`webhook:${repository.id}:${about}`}, 0))`,
    )
    const other = await findOther(tx, repository.id, claimed.askedAt, wanted)
    if (other !== null) {
      const note = isEnded(other.status)
        ? `${said(wanted)} has had its run since: ${other.id}.`
        : `${said(wanted)} has a run that is not finished: ${other.id}.`
      await settleDelivery(tx, claimed, {
        kind: 'settled',
        status: 'ignored',
        note,
        repository: repository.id,
      })
      return null
    }
    const ctx = { db: tx, actor, grants: accessLevels, home, singleUser: false, wake: () => {} }
    const { label, ...rest } = { label: undefined, ...wanted }
    const asked = startRunInput.parse({ repository: repository.id, ...rest })
    const run = await insertRun(tx, ctx, { ...asked, label })
    const note = `Started a run for ${actor.name}.`
    await settleDelivery(tx, claimed, {
      kind: 'settled',
      status: 'handled',
      note,
      repository: repository.id,
      run,
    })
    const data = {
      source: 'github',
      delivery: claimed.delivery,
      event: claimed.event,
      run,
      trigger: wanted.trigger,
    }
    await appendAudit(tx, { runId: null, actor, action: 'webhook.started', data })
    return run
  })
}

function said(wanted: WantedRun): string {
  return wanted.trigger === 'github_issue' ? `Issue #${wanted.issue}` : wanted.title
}

/**
 * A run that is about the same and not finished, or that was begun since the delivery came: opening an issue and
 * labelling it at once are two deliveries of one wish, however far apart they are worked on.
 */
async function findOther(tx: Tx, repository: string, askedAt: Date, wanted: WantedRun) {
  const same =
    wanted.trigger === 'github_issue'
      ? sql`${runs.task} ->> 'issue' = ${String(wanted.issue)}`
      : and(eq(runs.trigger, wanted.trigger), eq(runs.title, wanted.title))
  const counts = or(inArray(runs.status, unfinished), gte(runs.createdAt, askedAt))
  const [row] = await tx
    .select({ id: runs.id, status: runs.status })
    .from(runs)
    .where(and(eq(runs.repositoryId, repository), counts, same))
    .orderBy(desc(runs.createdAt))
    .limit(1)
  return row ?? null
}
