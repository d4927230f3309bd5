import { sql } from 'drizzle-orm'
import { z } from 'zod'
import { runEvents } from '@/drizzle/schema'
import { allRows } from '@/lib/db/client'
import { authorise } from '../../authorise'
import type { ServiceContext } from '../../context'
import { parseInput } from '../../parse'
import type { LogPlaces } from '../../views/log'
import { readLog } from './read'
import { holds, logFilters, logFrom, logLinesOf, logWhere } from './where'

export const logPlacesInput = z.strictObject({
  run: z.uuid(),
  ...logFilters,
  /** The number of the first line that is looked at. */
  from: z.coerce.number().int().min(1).max(2_000_000_000).default(1),
  /** The most ranges of lines that are told. */
  limit: z.coerce.number().int().min(1).max(20_000).default(1_000),
})

/**
 * Where in a run's log such lines are, as ranges of line numbers: what a page needs to show, count and walk through
 * them without loading them.
 * @throws AppError('not_found')
 */
export async function logPlaces({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof logPlacesInput>
}): Promise<LogPlaces> {
  authorise(ctx, 'read')
  const { run, from, limit, ...filters } = parseInput(logPlacesInput, input)
  const { total, lastEvent } = await readLog({ ctx, input: { run, limit: 0 } })
  const found = sql`select first_line, lines, kind, data from ${runEvents}
    where ${logWhere(ctx.db, run, filters)} and ${logFrom(run, from)}
      and ${runEvents.firstLine} + ${runEvents.lines} > ${from}
    order by first_line`
  // With words every line counts for itself; each event has one, but for the first, whose may be before `from`.
  const rows = filters.q
    ? await ctx.db.execute(sql`
        select run_events.first_line + part.place - 1 as first_line, 1 as lines
        from (${found} limit ${limit + 2}) as run_events, ${logLinesOf}
        where run_events.first_line + part.place - 1 >= ${from} and ${holds(sql`part.text`, filters.q)}
        order by 1 limit ${limit + 1}`)
    : await ctx.db.execute(sql`
        select min(first_line) as first_line, sum(lines) as lines from (
          select first_line, lines, first_line - sum(lines) over (order by first_line) as island
          from (${found}) as run_events
        ) as islands group by island order by 1 limit ${limit + 1}`)
  const ranges = allRows(rows).map((row): [number, number] => [Number(row.first_line), Number(row.lines)])
  const told = ranges.slice(0, limit)
  const lines = told.reduce((sum, [, count]) => sum + count, 0)
  return { total, lastEvent, ranges: told, lines, more: ranges.length > limit }
}
