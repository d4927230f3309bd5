import { sql } from 'drizzle-orm'
import { z } from 'zod'
import { runStatusNames } from '@/lib/core/status'
import { allRows, type Db } from '@/lib/db/client'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { MAX_LIMIT } from '../cursor'
import { parseInput } from '../parse'
import type { RepositoryHealth } from './health-view'

export const repositoryHealthInput = z.strictObject({ repositories: z.array(z.uuid()).max(MAX_LIMIT) })

const RECENT = 20

/** How these repositories fare, by their ids; a few rows of an index each, however many runs there are. */
export async function repositoryHealth({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof repositoryHealthInput>
}): Promise<ReadonlyMap<string, RepositoryHealth>> {
  authorise(ctx, 'read')
  const { repositories: ids } = parseInput(repositoryHealthInput, input)
  if (ids.length === 0) return new Map()
  const [recent, baselines, schedules, spent] = await Promise.all([
    recentRuns(ctx.db, ids),
    lastBaselines(ctx.db, ids),
    scheduleStates(ctx.db, ids),
    spentToday(ctx.db, ids),
  ])
  return new Map(
    ids.map((id) => {
      const baseline = baselines.find((row) => row.repository === id)
      const schedule = schedules.find((row) => row.repository === id)
      const money = spent.find((row) => row.repository === id)
      const health: RepositoryHealth = {
        recent: recent.filter((row) => row.repository === id).map(({ repository: _, ...run }) => run),
        baseline: baseline ? { ...baseline, parsed: baseline.parsed ?? true } : null,
        schedules: {
          count: schedule?.count ?? 0,
          nextAt: schedule?.nextAt ?? null,
          problem: schedule?.problem ?? null,
        },
        spentTodayMicros: money?.spent ?? 0,
        limitTodayMicros: money?.limit ?? null,
      }
      return [id, health]
    }),
  )
}

/** The newest runs of each, in the order of the index. */
const newest = sql`order by created_at desc, id desc limit ${sql.raw(String(RECENT))}`

const time = z.coerce.date().transform((date) => date.toISOString())
const recentRow = z.object({
  repository: z.string(),
  id: z.string(),
  title: z.string(),
  status: z.enum(runStatusNames),
  createdAt: time,
  endedAt: time.nullable(),
})

async function recentRuns(db: Db, ids: readonly string[]) {
  const rows = await db.execute(sql`
    select r.id as repository, x.id, x.title, x.status, x.created_at as "createdAt", x.ended_at as "endedAt"
    from repositories r cross join lateral (
      select id, title, status, created_at, ended_at from agent_runs
      where repository_id = r.id ${newest}) x
    where r.id in ${ids}
    order by x.created_at desc`)
  return z.array(recentRow).parse(allRows(rows))
}

const baselineRow = z.object({
  repository: z.string(),
  run: z.string(),
  at: time,
  passed: z.coerce.number(),
  failed: z.coerce.number(),
  skipped: z.coerce.number(),
  parsed: z.boolean().nullable(),
  exitCode: z.union([z.null(), z.coerce.number()]),
  ended: z.string().nullable(),
})

async function lastBaselines(db: Db, ids: readonly string[]) {
  const rows = await db.execute(sql`
    select r.id as repository, x.run_id as run, x.created_at as at, x.data->>'passed' as passed,
      x.data->>'failed' as failed, x.data->>'skipped' as skipped, x.data->>'ended' as ended,
      (x.data->>'parsed')::boolean as parsed, x.data->>'exitCode' as "exitCode"
    from repositories r cross join lateral (
      select e.run_id, e.created_at, e.data from evidence e
      where e.run_id in (select id from agent_runs where repository_id = r.id ${newest})
        and e.phase = 'baseline' and e.kind = 'tests'
      order by e.created_at desc limit 1) x
    where r.id in ${ids}`)
  return z.array(baselineRow).parse(allRows(rows))
}

const scheduleRow = z.object({
  repository: z.string(),
  count: z.coerce.number(),
  nextAt: time.nullable(),
  problem: z.string().nullable(),
})

async function scheduleStates(db: Db, ids: readonly string[]) {
  const rows = await db.execute(sql`
    select repository_id as repository, count(next_at) as count, min(next_at) as "nextAt", max(problem) as problem
    from schedules where repository_id in ${ids} group by repository_id`)
  return z.array(scheduleRow).parse(allRows(rows))
}

const spentRow = z.object({
  repository: z.string(),
  spent: z.coerce.number(),
  // `coerce` would make 0 of null.
  limit: z.union([z.null(), z.coerce.number()]),
})

async function spentToday(db: Db, ids: readonly string[]) {
  const rows = await db.execute(sql`
    select r.id as repository, a.spent_micros + a.reserved_micros as spent,
      a.limit_micros as "limit"
    from repositories r join budget_accounts a
      on a.key = 'repository:' || r.id || ':' || to_char(now() at time zone 'utc', 'YYYY-MM-DD')
    where r.id in ${ids}`)
  return z.array(spentRow).parse(allRows(rows))
}
