import { and, desc, eq, getTableColumns, isNotNull, or, sql } from 'drizzle-orm'
import { z } from 'zod'
import { auditLog, repositories, runs } from '@/drizzle/schema'
import { dataFor } from '../audit/private'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { decodeCursor, encodeCursor, olderThan, pageInput } from '../cursor'
import { parseInput } from '../parse'
import { type Activity, activitySchema } from '../views'

export const activityKinds = activitySchema.shape.kind.options

export const listActivityInput = z.strictObject({
  ...pageInput,
  kind: z.enum(activityKinds).optional(),
  repository: z.uuid().optional(),
  /** The id of who did it. */
  person: z.string().trim().min(1).max(200).optional(),
})

export interface ActivityPage {
  readonly items: readonly Activity[]
  readonly next: string | null
  /** Not all entries were looked at: up to this time they were. */
  readonly lookedBackTo: string | null
}

const UUID = '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'

/** Entries that are looked at for a repository or a person, which no index of time knows. */
const WALKED = 5_000

/**
 * What happened in the whole installation, the newest first: runs, gates, changes, schedules, repositories, people.
 * Read off the audit log, where each of these stands with who did it; agents' own steps are on the run's page.
 */
export async function listActivity({
  ctx,
  input = {},
}: {
  ctx: ServiceContext
  input?: z.input<typeof listActivityInput>
}): Promise<ActivityPage> {
  authorise(ctx, 'read')
  const { limit, cursor, kind, repository, person } = parseInput(listActivityInput, input)
  const after = decodeCursor(cursor)
  const { at, id } = auditLog
  const inOrder = and(
    kind ? eq(auditLog.activity, kind) : isNotNull(auditLog.activity),
    olderThan(at, id, after),
  )
  const narrowed = repository !== undefined || person !== undefined
  const bound = narrowed ? WALKED : limit + 1
  const { prevHash: _, hash: __, chain: ___, seq: ____, ...columns } = getTableColumns(auditLog)
  const walked = ctx.db
    .select(columns)
    .from(auditLog)
    .where(inOrder)
    .orderBy(desc(at), desc(id))
    .limit(bound)
    .as('walked')
  // What was done to a repository holds its id, what its schedules did its name alone.
  const said = sql`${walked.data} ->> 'repository'`
  const its = sql`coalesce(${runs.repositoryId}, case when (${said}) ~ ${UUID} then (${said})::uuid end)`
  const rows = await ctx.db
    .select({
      entry: {
        id: walked.id,
        at: walked.at,
        actor: walked.actor,
        action: walked.action,
        data: walked.data,
        activity: walked.activity,
      },
      run: { id: runs.id, title: runs.title, status: runs.status },
      repository: repositories.name,
    })
    .from(walked)
    .leftJoin(runs, eq(runs.id, walked.runId))
    .leftJoin(repositories, eq(repositories.id, its))
    .where(
      and(
        repository === undefined
          ? undefined
          : or(
              eq(repositories.id, repository),
              sql`${its} is null and (${said}) = (select name from repositories known where known.id = ${repository}::uuid)`,
            ),
        person === undefined ? undefined : sql`${walked.actor} ->> 'id' = ${person}`,
      ),
    )
    .orderBy(desc(walked.at), desc(walked.id))
    .limit(limit + 1)
  const items = rows.slice(0, limit).map((row) => toActivity(ctx, row))
  const last = items.at(-1)
  if (rows.length > limit && last) {
    return { items, next: encodeCursor(new Date(last.at), last.id), lookedBackTo: null }
  }
  if (!narrowed) return { items, next: null, lookedBackTo: null }
  const [stop] = await ctx.db
    .select({ at, id })
    .from(auditLog)
    .where(inOrder)
    .orderBy(desc(at), desc(id))
    .limit(1)
    .offset(bound - 1)
  return {
    items,
    next: stop ? encodeCursor(stop.at, stop.id) : null,
    lookedBackTo: stop?.at.toISOString() ?? null,
  }
}

interface Row {
  readonly entry: Pick<typeof auditLog.$inferSelect, 'id' | 'at' | 'actor' | 'action' | 'data' | 'activity'>
  readonly run: Activity['run']
  readonly repository: string | null
}

function toActivity(ctx: ServiceContext, { entry, run, repository }: Row): Activity {
  const { id, at, actor, action, activity } = entry
  const data = dataFor(ctx, entry)
  const named = typeof data.repository === 'string' ? data.repository : null
  return {
    id,
    at: at.toISOString(),
    kind: activity ?? 'run',
    action,
    actor,
    data,
    run,
    repository: repository ?? named,
  }
}
