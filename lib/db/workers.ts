import { eq, lt, sql } from 'drizzle-orm'
import { duties, workers } from '@/drizzle/schema'
import type { Db } from './client'

export interface WorkerRow {
  readonly id: string
  readonly host: string
  readonly pid: number
  readonly engine: 'embedded' | 'temporal'
  readonly concurrency: number
  readonly version: string
  /** It takes nothing new and hands back what it has. */
  readonly draining: boolean
}

/** Says that a worker is alive, for pages and for reconciliation; its row is made by the first call. */
export async function workerSeen(db: Db, worker: WorkerRow): Promise<void> {
  const { draining } = worker
  await db
    .insert(workers)
    .values(worker)
    .onConflictDoUpdate({ target: workers.id, set: { draining, seenAt: sql`now()` } })
}

/** Takes a worker's row away, and those of workers that were not seen for a day. */
export async function workerGone(db: Db, id: string): Promise<void> {
  await db.delete(workers).where(eq(workers.id, id))
  await db.delete(workers).where(lt(workers.seenAt, sql`now() - interval '1 day'`))
}

/**
 * Takes a duty that comes again at intervals, when its time has come: one worker of all gets it.
 * @param everyMs until it is due again; the time is the database's
 */
export async function takeDuty(db: Db, name: string, everyMs: number, owner: string): Promise<boolean> {
  const dueAt = sql`now() + ${`${everyMs} milliseconds`}::interval`
  const taken = await db
    .insert(duties)
    .values({ name, dueAt, doneBy: owner })
    .onConflictDoUpdate({
      target: duties.name,
      set: { dueAt, doneBy: owner },
      setWhere: sql`${duties.dueAt} <= now()`,
    })
    .returning({ name: duties.name })
  return taken.length > 0
}

/** Folds what was added to the counts of runs by status, so that reading them stays cheap. */
export async function foldCounts(db: Db): Promise<void> {
  await db.execute(sql`select devpilot_fold_counts()`)
}

/** When a duty was last brought to an end. */
export async function dutyDone(db: Db, name: string): Promise<void> {
  await db.update(duties).set({ doneAt: sql`now()` }).where(eq(duties.name, name))
}
