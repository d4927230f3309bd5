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

/** Runs for one failing workflow in a day of which none was merged; what fails after them is left to people. */
const TRIES_A_DAY = 3

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
    const against = await reasonAgainst(tx, input)
    if (against !== null) {
      await settleDelivery(tx, claimed, {
        kind: 'settled',
        status: 'ignored',
        note: `${said(wanted)} ${against}`,
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

/** Why no run is begun, as the end of a sentence about what asks for it; null: one is. */
async function reasonAgainst(tx: Tx, { repository, claimed, wanted }: StartInput): Promise<string | null> {
  const other = await findOther(tx, repository.id, claimed.askedAt, wanted)
  if (other && isEnded(other.status)) return `has had its run since: ${other.id}.`
  if (other) return `has a run that is not finished: ${other.id}.`
  const tried = wanted.trigger === 'ci_failure' ? await triedInVain(tx, repository.id, wanted) : []
  if (tried.length < TRIES_A_DAY) return null
  return `has had ${TRIES_A_DAY} runs in a day and none of them was merged, the last is ${tried[0]}: see what they came to, then start one yourself (devpilot run --flow ci_failure --log <file>).`
}

/**
 * A run that is about the same and not finished, or that was begun since the delivery came: opening an issue and
 * labelling it at once are two deliveries of one wish, however far apart they are worked on.
 */
async function findOther(tx: Tx, repository: string, askedAt: Date, wanted: WantedRun) {
  const counts = or(inArray(runs.status, unfinished), gte(runs.createdAt, askedAt))
  const [row] = await tx
    .select({ id: runs.id, status: runs.status })
    .from(runs)
    .where(and(eq(runs.repositoryId, repository), counts, sameAs(wanted)))
    .orderBy(desc(runs.createdAt))
    .limit(1)
  return row ?? null
}

const sameAs = (wanted: WantedRun) =>
  wanted.trigger === 'github_issue'
    ? sql`${runs.task} ->> 'issue' = ${String(wanted.issue)}`
    : and(eq(runs.trigger, wanted.trigger), eq(runs.title, wanted.title))

/** The last runs about the same of the last day, the newest first, where none of them was merged. */
async function triedInVain(tx: Tx, repository: string, wanted: WantedRun): Promise<string[]> {
  const rows = await tx
    .select({
      id: runs.id,
      merged: sql<boolean>`exists (select from pull_requests p where p.run_id = agent_runs.id and p.merged_at is not null)`,
    })
    .from(runs)
    .where(
      and(
        eq(runs.repositoryId, repository),
        gte(runs.createdAt, sql`now() - interval '1 day'`),
        sameAs(wanted),
      ),
    )
    .orderBy(desc(runs.createdAt))
    .limit(TRIES_A_DAY)
  return rows.some(({ merged }) => merged) ? [] : rows.map(({ id }) => id)
}
