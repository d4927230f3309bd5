import { and, desc, eq, sql } from 'drizzle-orm'
import { effects, repositories, runs } from '@/drizzle/schema'
import { checkName } from '@/lib/core/names'
import { isEnded, runStatuses } from '@/lib/core/status'
import type { Db } from '@/lib/db/client'
import { headIsTaken } from '@/lib/db/head-taken'
import type { Delivery } from '@/lib/db/notifications'
import type { Message } from './notifications'

/**
 * That a run ended is shown on the commit that its last check left `pending`. Evidence that was shown stays as it is:
 * it is true of the commit, whatever became of the run.
 */
export async function endedCheck(
  db: Db,
  { key, runId }: Delivery,
  runUrl: (run: string) => string,
): Promise<Message | { dropped: string }> {
  const [row] = await db
    .select({ run: runs, repository: repositories })
    .from(runs)
    .innerJoin(repositories, eq(repositories.id, runs.repositoryId))
    .where(eq(runs.id, runId))
  if (!row || !isEnded(row.run.status)) return { dropped: 'The run goes on.' }
  const last = await lastCheck(db, runId, key.replace(/:ended$/, ''))
  if (!last) return { dropped: 'Something newer is shown on the commit.' }
  const { name, headSha } = last
  const run = { id: runId, repository: row.repository }
  if (name === checkName && (await headIsTaken(db, run, headSha)))
    return { dropped: 'The commit is shown for another run.' }
  const { status, ending } = row.run
  const summary = `The run ended: ${runStatuses[status].label.toLowerCase()}.${ending ? ` ${ending}` : ''}`
  const check = { headSha, name, state: 'error', summary, url: runUrl(runId) } as const
  return { run, to: { headSha }, say: (forge) => forge.setCheck(check) }
}

/** Name and commit of a check, unless the run has shown another one of that name since. */
async function lastCheck(
  db: Db,
  runId: string,
  key: string,
): Promise<{ name: string; headSha: string } | null> {
  const shown = await db
    .select({ key: effects.key, intent: effects.intent })
    .from(effects)
    .where(
      and(eq(effects.runId, runId), eq(effects.kind, 'check'), sql`${effects.result}->'refused' is null`),
    )
    .orderBy(desc(effects.createdAt))
  const mine = shown.find((one) => one.key === key)
  const newest = shown.find((one) => one.intent.name === mine?.intent.name)
  if (!mine || newest !== mine) return null
  const { name = checkName, headSha } = mine.intent
  return { name: String(name), headSha: String(headSha) }
}
