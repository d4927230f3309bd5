import { and, desc, eq, isNotNull, or } from 'drizzle-orm'
import { z } from 'zod'
import { repositories, runs, schedules } from '@/drizzle/schema'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { decodeCursor, encodeCursor, olderThan, pageInput, toPage } from '../cursor'
import { parseInput } from '../parse'
import { isoOrNull } from '../runs/summary'
import type { Page } from '../views'
import type { ScheduleView } from './view'

export const listSchedulesInput = z.strictObject({ ...pageInput, repository: z.uuid().optional() })

/** The schedules that repositories have in their devpilot.yaml, the newest first. */
export async function listSchedules({
  ctx,
  input = {},
}: {
  ctx: ServiceContext
  input?: z.input<typeof listSchedulesInput>
}): Promise<Page<ScheduleView>> {
  authorise(ctx, 'read')
  const { limit, cursor, repository } = parseInput(listSchedulesInput, input)
  const after = decodeCursor(cursor)
  const rows = await ctx.db
    .select({
      schedule: schedules,
      repository: { id: repositories.id, name: repositories.name },
      run: { id: runs.id, status: runs.status },
    })
    .from(schedules)
    .innerJoin(repositories, eq(repositories.id, schedules.repositoryId))
    .leftJoin(runs, eq(runs.id, schedules.lastRunId))
    .where(
      and(
        // What was taken out of the file keeps its row, with neither.
        or(isNotNull(schedules.nextAt), isNotNull(schedules.problem)),
        repository ? eq(schedules.repositoryId, repository) : undefined,
        olderThan(schedules.createdAt, schedules.id, after),
      ),
    )
    .orderBy(desc(schedules.createdAt), desc(schedules.id))
    .limit(limit + 1)
  return toPage(
    rows,
    limit,
    ({ schedule }) => encodeCursor(schedule.createdAt, schedule.id),
    ({ schedule, repository: of, run }): ScheduleView => ({
      id: schedule.id,
      repository: of,
      cron: schedule.cron,
      timeZone: schedule.timeZone,
      flow: schedule.flow,
      missed: schedule.missed,
      nextAt: isoOrNull(schedule.nextAt),
      lastAt: isoOrNull(schedule.lastAt),
      lastRun: run,
      problem: schedule.problem,
    }),
  )
}
