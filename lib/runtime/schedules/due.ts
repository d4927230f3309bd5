import { and, eq, notInArray, sql } from 'drizzle-orm'
import { idempotencyKeys, repositories, schedules } from '@/drizzle/schema'
import { appendAudit } from '@/lib/db/audit'
import { type Db, databaseNow, firstRow, sha256, type Tx } from '@/lib/db/client'
import { appendEvents } from '@/lib/db/events'
import { toAppError } from '@/lib/errors'
import { accessLevels, type ServiceContext } from '@/lib/services/context'
import { insertRun } from '@/lib/services/runs/start'
import { startRunInput } from '@/lib/services/runs/start-input'
import { nextTime, timesSince } from '@/lib/workspace/config/cron'
import { SCHEDULER } from './sync'

export interface DueReport {
  /** Runs that were started, with the times that each stands for. */
  readonly started: readonly { readonly schedule: string; readonly run: string; readonly times: number }[]
  /** Times that passed without one: `missed: skip`. */
  readonly skipped: number
  readonly problems: readonly { readonly schedule: string; readonly message: string }[]
}

/** With `missed: skip` a time may be this late and still count: nobody looks at the very second. */
const GRACE_MS = 5 * 60_000
/** Schedules in one round; the rest are due still. */
const MOST = 500

type Row = typeof schedules.$inferSelect
type Done = { readonly run: string; readonly times: number } | { readonly skipped: number }

/**
 * Starts the runs of all schedules whose time has come, by the database's clock. Run, next time and audit entry of
 * one are one transaction under its row's lock, so that it starts once however many look at the same time.
 * @param wake told after runs were committed
 */
export async function runDueSchedules(input: {
  readonly db: Db
  readonly home: string
  readonly wake?: () => void
  readonly signal?: AbortSignal | undefined
}): Promise<DueReport> {
  const { db, signal } = input
  const started: DueReport['started'][number][] = []
  const problems: DueReport['problems'][number][] = []
  const failed: string[] = []
  let skipped = 0
  for (let i = 0; i < MOST && !signal?.aborted; i += 1) {
    let row: Row | undefined
    try {
      const done = await db.transaction(async (tx) => {
        row = await takeDue(tx, failed)
        return row ? await follow(tx, input, row) : null
      })
      if (!row || !done) break
      if ('skipped' in done) skipped += done.skipped
      else started.push({ schedule: row.id, ...done })
    } catch (error) {
      const known = toAppError(error)
      if (!row || known.transient) throw error
      // Its transaction is undone; it is left as it is with its reason, and the others go on.
      failed.push(row.id)
      problems.push({ schedule: row.id, message: known.message })
      await db.update(schedules).set({ problem: known.message, nextAt: null }).where(eq(schedules.id, row.id))
    }
  }
  if (started.length > 0) input.wake?.()
  return { started, skipped, problems }
}

/** Held with its repository, as a run's row will hold it: who removes that one waits for us, and never we for them. */
async function takeDue(tx: Tx, not: readonly string[]): Promise<Row | undefined> {
  const failed = not.length > 0 ? notInArray(schedules.id, [...not]) : undefined
  const held = firstRow(
    await tx.execute(sql`
      select ${schedules.id} from ${schedules}
        join ${repositories} on ${eq(repositories.id, schedules.repositoryId)}
      where ${and(sql`${schedules.nextAt} <= now()`, failed)}
      order by ${schedules.nextAt} limit 1
      for key share of ${repositories} skip locked for update of ${schedules} skip locked`),
  )
  if (!held) return undefined
  const [row] = await tx
    .select()
    .from(schedules)
    .where(eq(schedules.id, String(held.id)))
  return row
}

async function follow(tx: Tx, input: Parameters<typeof runDueSchedules>[0], row: Row): Promise<Done> {
  const now = await databaseNow(tx)
  const { count, last } = timesSince(row, row.nextAt ?? now, now)
  const nextAt = nextTime(row, now)
  const late = now.getTime() - last.getTime() > GRACE_MS
  const here = eq(schedules.id, row.id)
  const first = row.nextAt ?? last
  const said = { schedule: row.id, cron: row.cron, timeZone: row.timeZone, at: last.toISOString() }
  if ((row.missed === 'skip' && late) || !(await isFirst(tx, row, last))) {
    await tx.update(schedules).set({ nextAt }).where(here)
    const data = { ...said, since: first.toISOString(), times: count }
    await appendAudit(tx, { runId: null, actor: SCHEDULER, action: 'schedule.skipped', data })
    return { skipped: count }
  }
  const times = row.missed === 'once' ? count : 1
  const run = await insertRun(tx, contextFor(tx, input), runInput(row))
  if (times > 1 || late) {
    const since = times > 1 ? ` since ${first.toISOString()}` : ''
    const text = `Started once for ${times} ${times === 1 ? 'time' : 'times'} that passed${since}: nothing worked then.`
    await appendEvents(tx, [{ runId: run, beadId: null, kind: 'log', data: { text } }])
  }
  await tx.update(schedules).set({ nextAt, lastAt: last, lastRunId: run }).where(here)
  const data = { ...said, run, times, skipped: count - times }
  await appendAudit(tx, { runId: null, actor: SCHEDULER, action: 'schedule.started', data })
  return { run, times }
}

/** Whether nobody has started this time's run yet, under a key of its own. */
async function isFirst(tx: Tx, { id, lastAt }: Row, at: Date): Promise<boolean> {
  if (lastAt !== null && lastAt >= at) return false
  const key = `schedule:${id}:${at.toISOString()}`
  const added = await tx
    .insert(idempotencyKeys)
    .values({ key, requestHash: sha256(key), done: true })
    .onConflictDoNothing()
    .returning({ key: idempotencyKeys.key })
  return added.length > 0
}

function runInput(row: Row) {
  const title = `Schedule ${row.cron} (${row.timeZone}): ${row.flow.join(', ')}`
  return startRunInput.parse({
    repository: row.repositoryId,
    trigger: 'schedule',
    title: [...title].slice(0, 200).join(''),
    overrides: { steps: row.flow },
  })
}

function contextFor(tx: Tx, { home }: { readonly home: string }): ServiceContext {
  return { db: tx, actor: SCHEDULER, grants: accessLevels, home, singleUser: true, wake: () => {} }
}
