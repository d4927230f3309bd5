import { asc, gt, gte, sql } from 'drizzle-orm'
import { dailyStats, statusTotals, workers } from '@/drizzle/schema'
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
  const [counts, dead, alive, rows] = await Promise.all([
    ctx.db.select().from(statusTotals),
    deadCount(ctx.db),
    ctx.db
      .select()
      .from(workers)
      .where(gt(workers.seenAt, sql`now() - interval '1 minute'`))
      .orderBy(asc(workers.startedAt))
      .limit(200),
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
  const byStatus = Object.fromEntries(counts.map(({ status, count }) => [status, count]))
  return {
    byStatus,
    // A run that waits for people waits at one gate.
    gatesWaiting: byStatus.waiting_gate ?? 0,
    // A killed one of this machine is known to be gone before it has been silent for a minute.
    workers: alive
      .filter(({ id }) => !isGone(id))
      .map(({ id, host, engine, concurrency, startedAt, draining }) => ({
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
