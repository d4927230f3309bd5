import { existsSync } from 'node:fs'
import { and, asc, eq, isNotNull, isNull, sql } from 'drizzle-orm'
import { repositories, schedules } from '@/drizzle/schema'
import { appendAudit } from '@/lib/db/audit'
import { type Db, databaseNow, type Tx } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { toAppError } from '@/lib/errors'
import { baseConfigText } from '@/lib/workspace/bench/base-file'
import { nextTime } from '@/lib/workspace/config/cron'
import { parseConfig } from '@/lib/workspace/config/parse'
import { gitHeaderOf } from '../forge'
import { type Wanted, wantedSchedules } from './wanted'

export interface SyncReport {
  readonly repositories: number
  readonly added: number
  readonly changed: number
  readonly removed: number
  readonly problems: readonly { readonly repository: string; readonly message: string }[]
}

type Row = typeof schedules.$inferSelect
type Repository = typeof repositories.$inferSelect
type Change = 'added' | 'changed' | 'removed'

/** What reads the schedules of all repositories; nobody asked for it. */
export const SCHEDULER = { kind: 'system', id: 'schedules', name: 'Schedules' } as const
/** Mirrors that are brought up to date at once: mostly waiting for a forge. */
const AT_ONCE = 4

/**
 * Reads the schedules of every known repository from its base branch and keeps the table like them. What cannot be
 * read leaves the last good ones in force, with the reason beside them.
 * @param signal stops it between two repositories, and what git does
 */
export async function syncSchedules(input: {
  readonly db: Db
  readonly home: string
  readonly signal?: AbortSignal | undefined
}): Promise<SyncReport> {
  const { db, signal } = input
  const known = await db
    .select()
    .from(repositories)
    .where(isNull(repositories.removedAt))
    .orderBy(asc(repositories.id))
  // A folder of another machine is read there.
  const waiting = known.filter(
    ({ forge, source }) => forge === 'github' || (forge === 'local' && existsSync(source)),
  )
  const report = { repositories: 0, added: 0, changed: 0, removed: 0 }
  const problems: SyncReport['problems'][number][] = []
  const one = async (): Promise<void> => {
    for (let next = waiting.pop(); next && !signal?.aborted; next = waiting.pop()) {
      const read = await readWanted(input, next)
      report.repositories += 1
      if ('problem' in read) {
        if (signal?.aborted) return
        problems.push({ repository: next.name, message: read.problem })
        await noteProblem(db, next.id, read.problem)
      } else {
        const { wanted } = read
        for (const change of await db.transaction((tx) => keep(tx, next, wanted))) report[change] += 1
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
  return { ...report, problems }
}

async function readWanted(
  { home, signal }: Parameters<typeof syncSchedules>[0],
  repository: Repository,
): Promise<{ wanted: readonly Wanted[] } | { problem: string }> {
  try {
    const header = await gitHeaderOf({ repository })
    const text = await baseConfigText({ home, repository, header, signal })
    return { wanted: text === null ? [] : wantedSchedules(parseConfig(text)) }
  } catch (error) {
    const { message, mend } = toAppError(error)
    return { problem: mend ? `${message} ${mend}` : message }
  }
}

async function noteProblem(db: Db, repositoryId: string, problem: string): Promise<void> {
  const here = and(eq(schedules.repositoryId, repositoryId), isNotNull(schedules.nextAt))
  const other = sql`${schedules.problem} is distinct from ${problem}`
  await db.update(schedules).set({ problem }).where(and(here, other))
}

/** Brings a repository's rows to what its file says; each change stands in the audit log. */
async function keep(tx: Tx, repository: Repository, wanted: readonly Wanted[]): Promise<Change[]> {
  // Two that read at once do it one after the other, and the second finds nothing to change.
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`schedules:${repository.id}`}, 0))`)
  if (await isRemoved(tx, repository.id)) return []
  const now = await databaseNow(tx)
  const rows = await tx
    .select()
    .from(schedules)
    .where(eq(schedules.repositoryId, repository.id))
    .for('update')
  const changes: Change[] = []
  const note = async (change: Change, data: Record<string, unknown>) => {
    changes.push(change)
    const said = { repository: repository.name, ...data }
    await appendAudit(tx, { runId: null, actor: SCHEDULER, action: `schedule.${change}`, data: said })
  }
  for (const one of wanted) {
    const row = rows.find(({ key }) => key === one.key)
    const { key: _key, ...said } = one
    if (!row) {
      const nextAt = nextTime(one, now)
      await tx.insert(schedules).values({ ...one, id: newId(), repositoryId: repository.id, nextAt })
      await note('added', said)
    } else if (!isFollowed(row)) {
      await tx
        .update(schedules)
        .set({ ...said, nextAt: nextOf(row, now), problem: null })
        .where(eq(schedules.id, row.id))
      await note('added', said)
    } else {
      const differs = row.missed !== one.missed || row.flow.join() !== one.flow.join()
      const nextAt = row.nextAt ?? nextOf(row, now)
      if (differs || row.problem !== null || row.nextAt === null)
        await tx
          .update(schedules)
          .set({ ...said, nextAt, problem: null })
          .where(eq(schedules.id, row.id))
      if (differs) await note('changed', { ...said, was: { flow: row.flow, missed: row.missed } })
    }
  }
  for (const row of rows) {
    if (!isFollowed(row) || wanted.some(({ key }) => key === row.key)) continue
    await tx.update(schedules).set({ nextAt: null, problem: null }).where(eq(schedules.id, row.id))
    await note('removed', { cron: row.cron, timeZone: row.timeZone, flow: row.flow })
  }
  return changes
}

/** Whether it was removed while its file was read; until this transaction ends nobody removes it. */
async function isRemoved(tx: Tx, id: string): Promise<boolean> {
  const [row] = await tx
    .select({ removedAt: repositories.removedAt })
    .from(repositories)
    .where(eq(repositories.id, id))
    .for('key share')
  return row?.removedAt !== null
}

/** Whether the file still has it: what was taken out has neither a next time nor a reason for having none. */
function isFollowed(row: Row): boolean {
  return row.nextAt !== null || row.problem !== null
}

/** Never before the last one that was started: a clock that went back starts nothing again. */
function nextOf(row: Row, now: Date): Date | null {
  return nextTime(row, row.lastAt !== null && row.lastAt > now ? row.lastAt : now)
}
