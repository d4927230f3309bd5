import { desc, eq } from 'drizzle-orm'
import { z } from 'zod'
import { runEvents } from '@/drizzle/schema'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { MAX_LIMIT } from '../cursor'
import { parseInput } from '../parse'
import type { RunEvent } from '../views'
import { toRunEvent } from './event-view'

const lastEventsInput = z.strictObject({ run: z.uuid() })

/** The newest events of a run, oldest first: what the log of its page begins with before the stream goes on. */
export async function lastEvents({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof lastEventsInput>
}): Promise<RunEvent[]> {
  authorise(ctx, 'read')
  const { run } = parseInput(lastEventsInput, input)
  const rows = await ctx.db
    .select()
    .from(runEvents)
    .where(eq(runEvents.runId, run))
    .orderBy(desc(runEvents.id))
    .limit(MAX_LIMIT)
  return rows.reverse().map(toRunEvent)
}
