import { asc, eq, gte, and as where } from 'drizzle-orm'
import { z } from 'zod'
import { dailyStats } from '@/drizzle/schema'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import { findRepository } from './find'
import { repositoryHealth } from './health'
import { repositoryHealthSchema } from './health-view'
import { repositoryViewSchema, toRepositoryView } from './view'

export const getRepositoryInput = z.strictObject({ repository: z.uuid() })

const daySchema = z.object({
  day: z.iso.date(),
  succeeded: z.int(),
  merged: z.int(),
  failed: z.int(),
  costMicros: z.int(),
})

export const repositoryDetailSchema = repositoryViewSchema.extend({
  health: repositoryHealthSchema,
  /** What ended in the last 14 days (UTC), the oldest first; a day without is left out. */
  days: z.array(daySchema),
})
export type RepositoryDetail = z.infer<typeof repositoryDetailSchema>

const DAYS = 14
const DAY_MS = 86_400_000

/** One repository, how it fares, and what it cost of late. @throws AppError('not_found') */
export async function getRepository({
  ctx,
  input,
  now = new Date(),
}: {
  ctx: ServiceContext
  input: z.input<typeof getRepositoryInput>
  now?: Date
}): Promise<RepositoryDetail> {
  authorise(ctx, 'read')
  const { repository } = parseInput(getRepositoryInput, input)
  const row = await findRepository(ctx.db, repository)
  const since = new Date(now.getTime() - (DAYS - 1) * DAY_MS).toISOString().slice(0, 10)
  const { day, succeeded, merged, failed, costMicros } = dailyStats
  const [healths, days] = await Promise.all([
    repositoryHealth({ ctx, input: { repositories: [repository] } }),
    ctx.db
      .select({ day, succeeded, merged, failed, costMicros })
      .from(dailyStats)
      .where(where(eq(dailyStats.repositoryId, repository), gte(dailyStats.day, since)))
      .orderBy(asc(dailyStats.day)),
  ])
  const health = healths.get(repository) ?? nothingYet
  return { ...toRepositoryView(row), health, days }
}

const nothingYet: z.infer<typeof repositoryHealthSchema> = {
  recent: [],
  baseline: null,
  schedules: { count: 0, nextAt: null, problem: null },
  spentTodayMicros: 0,
  limitTodayMicros: null,
}
