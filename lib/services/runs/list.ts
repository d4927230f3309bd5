import { and, desc, eq, ilike, inArray } from 'drizzle-orm'
import { z } from 'zod'
import { jobs, runs } from '@/drizzle/schema'
import { runStatusNames } from '@/lib/core/status'
import { triggerNames } from '@/lib/core/trigger'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { decodeCursor, encodeCursor, olderThan, pageInput, toPage } from '../cursor'
import { parseInput } from '../parse'
import { likeText } from '../repositories/list'
import type { Page, RunSummary } from '../views'
import { selectRuns, toRunSummary, waitingGates } from './summary'

const statuses = z.union([
  z.array(z.enum(runStatusNames)).max(runStatusNames.length),
  z.enum(runStatusNames).transform((status) => [status]),
])

export const listRunsInput = z.strictObject({
  ...pageInput,
  /** One status, or several. */
  status: statuses.optional(),
  repository: z.uuid().optional(),
  trigger: z.enum(triggerNames).optional(),
  flow: z.string().max(60).optional(),
  /** Only those that were given up and not put back. */
  dead: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .or(z.boolean())
    .optional(),
  /** Text in the title. */
  q: z.string().max(200).optional(),
})

const deadIds = (db: ServiceContext['db']) =>
  db.select({ id: jobs.runId }).from(jobs).where(eq(jobs.state, 'dead'))

/** Runs, the newest first. */
export async function listRuns({
  ctx,
  input = {},
}: {
  ctx: ServiceContext
  input?: z.input<typeof listRunsInput>
}): Promise<Page<RunSummary>> {
  authorise(ctx, 'read')
  const { limit, cursor, status, repository, trigger, flow, dead, q } = parseInput(listRunsInput, input)
  const after = decodeCursor(cursor)
  const rows = await selectRuns(ctx.db)
    .where(
      and(
        status && status.length > 0 ? inArray(runs.status, status) : undefined,
        repository ? eq(runs.repositoryId, repository) : undefined,
        trigger ? eq(runs.trigger, trigger) : undefined,
        flow ? eq(runs.flow, flow) : undefined,
        dead ? inArray(runs.id, deadIds(ctx.db)) : undefined,
        q ? ilike(runs.title, `%${likeText(q)}%`) : undefined,
        olderThan(runs.createdAt, runs.id, after),
      ),
    )
    .orderBy(desc(runs.createdAt), desc(runs.id))
    .limit(limit + 1)
  const waiting = await waitingGates(
    ctx.db,
    rows.filter(({ run }) => run.status === 'waiting_gate').map(({ run }) => run.id),
  )
  return toPage(
    rows,
    limit,
    ({ run }) => encodeCursor(run.createdAt, run.id),
    ({ run, repository: of }) => toRunSummary(run, of, waiting.get(run.id) ?? null),
  )
}
