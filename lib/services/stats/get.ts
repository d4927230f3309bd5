import { asc, gt, gte, sql } from 'drizzle-orm'
import { dailyStats, statusTotals, workers } from '@/drizzle/schema'
import type { Db } from '@/lib/db/client'
import { isGone } from '@/lib/db/process'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { deadCount } from '../runs/dead'
import type { StatsView } from '../views'

const DAYS = 14
const DAY_MS = 24 * 3600 * 1000

type Day = StatsView['days'][number]

/** Counts and the last 14 days (UTC), from rollups that writers keep: nothing here grows with the runs. */
export async function getStats({
  ctx,
  now = new Date(),
}: {
  ctx: ServiceContext
  now?: Date
}): Promise<StatsView> {
  authorise(ctx, 'read')
  const days = lastDays(now)
  const [byStatus, dead, alive, rows] = await Promise.all([
    statusCounts(ctx.db),
    deadCount(ctx.db),
    aliveWorkers(ctx.db),
    ctx.db
      .select({
        day: dailyStats.day,
        succeeded: total(dailyStats.succeeded),
        merged: total(dailyStats.merged),
        failed: total(dailyStats.failed),
        other: total(dailyStats.other),
        costMicros: total(dailyStats.costMicros),
        mergeSeconds: total(dailyStats.mergeSeconds),
        scoreSum: total(dailyStats.scoreSum),
        scored: total(dailyStats.scored),
      })
      .from(dailyStats)
      .where(gte(dailyStats.day, days[0] ?? ''))
      .groupBy(dailyStats.day)
      .orderBy(asc(dailyStats.day)),
  ])
  const byDay = new Map<string, Day>(rows.map((row) => [row.day, row]))
  return {
    byStatus,
    gatesWaiting: gatesWaiting(byStatus),
    workers: alive.map(({ id, host, engine, concurrency, startedAt, draining }) => ({
      id,
      host,
      engine,
      concurrency,
      startedAt: startedAt.toISOString(),
      draining,
    })),
    dead,
    days: days.map((day) => byDay.get(day) ?? emptyDay(day)),
  }
}

/** What the frame of every page shows of it: two small tables are read. */
export async function getPulse({
  ctx,
}: {
  ctx: ServiceContext
}): Promise<{ gatesWaiting: number; workers: number }> {
  authorise(ctx, 'read')
  const [byStatus, alive] = await Promise.all([statusCounts(ctx.db), aliveWorkers(ctx.db)])
  return { gatesWaiting: gatesWaiting(byStatus), workers: alive.length }
}

async function statusCounts(db: Db): Promise<StatsView['byStatus']> {
  const counts = await db.select().from(statusTotals)
  return Object.fromEntries(counts.map(({ status, count }) => [status, count]))
}

/** A run that waits for people waits at one gate. */
const gatesWaiting = (byStatus: StatsView['byStatus']): number => byStatus.waiting_gate ?? 0

async function aliveWorkers(db: Db) {
  const seen = await db
    .select()
    .from(workers)
    .where(gt(workers.seenAt, sql`now() - interval '1 minute'`))
    .orderBy(asc(workers.startedAt))
    .limit(200)
  // A killed one of this machine is known to be gone before it has been silent for a minute.
  return seen.filter(({ id }) => !isGone(id))
}

function total(column: (typeof dailyStats)[keyof Day & keyof typeof dailyStats]) {
  return sql<number>`sum(${column})`.mapWith(Number)
}

function lastDays(now: Date): string[] {
  return Array.from({ length: DAYS }, (_, i) =>
    new Date(now.getTime() - (DAYS - 1 - i) * DAY_MS).toISOString().slice(0, 10),
  )
}

function emptyDay(day: string): Day {
  const none = { costMicros: 0, mergeSeconds: 0, scoreSum: 0, scored: 0 }
  return { day, succeeded: 0, merged: 0, failed: 0, other: 0, ...none }
}
