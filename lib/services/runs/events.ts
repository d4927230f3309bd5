import { and, asc, eq, gt, lte } from 'drizzle-orm'
import { z } from 'zod'
import { runEvents } from '@/drizzle/schema'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { MAX_LIMIT } from '../cursor'
import { parseInput } from '../parse'
import type { RunEvent } from '../views'
import { toRunEvent } from './event-view'

export const listEventsInput = z.strictObject({
  /** Events of one run; of all without it. */
  run: z.uuid().optional(),
  /** The id of the last event that is known already. */
  after: z.coerce.number().int().min(0).default(0),
  /** The id of the last event that is wanted. */
  until: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(MAX_LIMIT),
})

/** Events in the order of their ids. */
export async function listEvents({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof listEventsInput>
}): Promise<RunEvent[]> {
  authorise(ctx, 'read')
  const { run, after, until, limit } = parseInput(listEventsInput, input)
  const rows = await ctx.db
    .select()
    .from(runEvents)
    .where(
      and(
        run === undefined ? undefined : eq(runEvents.runId, run),
        gt(runEvents.id, after),
        until === undefined ? undefined : lte(runEvents.id, until),
      ),
    )
    .orderBy(asc(runEvents.id))
    .limit(limit)
  return rows.map(toRunEvent)
}
