import { eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import { runEvents, runs } from '@/drizzle/schema'
import { allRows, type Db, firstRow } from '@/lib/db/client'
import { authorise } from '../../authorise'
import type { ServiceContext } from '../../context'
import { parseInput } from '../../parse'
import { type LogLine, type LogPage, logLineSchema } from '../../views/log'
import { noRun } from '../get'
import { holds, type LogFilters, logFilters, logFrom, logLevel, logLinesOf, logWhere } from './where'

/** The most lines of one answer. */
const MOST_LINES = 500
/** A line beyond this many characters is cut unless more is asked for. */
const CUT = 2_000
/** The most characters of a line that an answer holds; all of it is in the download. */
const MOST_CHARS = 100_000

export const readLogInput = z.strictObject({
  run: z.uuid(),
  ...logFilters,
  /** The number of the first line that is wanted; without it the answer ends with the last line there is. */
  from: z.coerce.number().int().min(1).max(2_000_000_000).optional(),
  limit: z.coerce.number().int().min(0).max(MOST_LINES).default(200),
  chars: z.coerce.number().int().min(1).max(MOST_CHARS).default(CUT),
})

/**
 * A window of a run's log. Found by index wherever it begins and however long the log is.
 * @throws AppError('not_found')
 */
export async function readLog({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof readLogInput>
}): Promise<LogPage> {
  authorise(ctx, 'read')
  const { run, from, limit, chars, ...filters } = parseInput(readLogInput, input)
  const { total, lastEvent } = await extentOf(ctx.db, run)
  const first = from ?? Math.max(1, total - limit + 1)
  if (limit === 0 || first > total) return { total, lastEvent, lines: [] }
  return { total, lastEvent, lines: await linesFrom(ctx.db, run, { first, limit, chars, filters }) }
}

interface Window {
  readonly first: number
  readonly limit: number
  /** Of each line; null: all of it. */
  readonly chars: number | null
  readonly filters: LogFilters
}

/**
 * Lines of a run's log that pass the filters, from a line on. Every event has such a line, but for the first, whose may
 * be before it: so few events are looked at, wherever the window is.
 */
export async function linesFrom(
  db: Db,
  run: string,
  { first, limit, chars, filters }: Window,
): Promise<LogLine[]> {
  const matching = filters.q ? holds(sql`part.text`, filters.q) : sql`true`
  const text = chars === null ? sql`part.text` : sql`left(part.text, ${chars}::integer)`
  const rows = await db.execute(sql`
    with found as materialized (
      select id, first_line, kind, data, at, bead_id from ${runEvents}
      where ${logWhere(db, run, filters)} and ${logFrom(run, first)}
      order by first_line limit ${limit + 1}
    )
    select run_events.first_line + part.place - 1 as n, run_events.id as event, run_events.kind,
      run_events.bead_id as bead, run_events.at, ${logLevel} as level, ${text} as text,
      length(part.text) as length
    from found as run_events, ${logLinesOf}
    where run_events.first_line + part.place - 1 >= ${first} and ${matching}
    order by 1 limit ${limit}`)
  return allRows(rows).map(toLine)
}

/** How many lines there are, and the event up to which they were counted. */
async function extentOf(db: Db, run: string): Promise<{ total: number; lastEvent: number }> {
  const row = firstRow(
    await db.execute(sql`
      select id, first_line + lines - 1 as total from run_events
      where run_id = ${run} order by first_line desc limit 1`),
  )
  if (row) return { total: Number(row.total), lastEvent: Number(row.id) }
  const [known] = await db.select({ id: runs.id }).from(runs).where(eq(runs.id, run))
  if (!known) throw noRun(run)
  return { total: 0, lastEvent: 0 }
}

function toLine(row: Record<string, unknown>): LogLine {
  return logLineSchema.parse({
    ...row,
    n: Number(row.n),
    event: Number(row.event),
    at: new Date(String(row.at)).toISOString(),
    length: Number(row.length),
  })
}
