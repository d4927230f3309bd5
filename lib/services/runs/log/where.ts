import { and, eq, inArray, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import { beads, runEvents } from '@/drizzle/schema'
import { logLevels } from '@/lib/core/names'
import type { Db } from '@/lib/db/client'
import { runEventSchema } from '../../views'

/** What a reader of a log may leave out. */
export const logFilters = {
  /** Only lines with these words in them, in any case. Every event that holds them has such a line, then. */
  q: z
    .string()
    .max(200)
    .refine((text) => !text.includes('\n'), 'is more than one line')
    .optional(),
  kind: runEventSchema.shape.kind.optional(),
  level: z.enum(logLevels).optional(),
  /** Only what this step of the flow said. */
  step: z.string().max(200).optional(),
}
export type LogFilters = z.output<z.ZodObject<typeof logFilters>>

const logText: SQL<string> = sql`devpilot_log_text(${runEvents.kind}, ${runEvents.data})`
export const logLevel: SQL<string> = sql`devpilot_log_level(${runEvents.kind}, ${runEvents.data})`

/** The events of a run that may hold such lines. */
export function logWhere(db: Db, run: string, { q, kind, level, step }: LogFilters): SQL | undefined {
  const ofStep = db
    .select({ id: beads.id })
    .from(beads)
    .where(and(eq(beads.runId, run), eq(beads.step, step ?? '')))
  return and(
    eq(runEvents.runId, run),
    kind ? eq(runEvents.kind, kind) : undefined,
    level ? sql`${logLevel} = ${level}` : undefined,
    step ? inArray(runEvents.beadId, ofStep) : undefined,
    q ? sql`devpilot_log_holds(${runEvents.kind}, ${runEvents.data}, ${q})` : undefined,
  )
}

/** From the event on that this line is one of. */
export function logFrom(run: string, line: number): SQL {
  return sql`${runEvents.firstLine} >= (select coalesce(max(first_line), 0) from run_events
    where run_id = ${run} and first_line <= ${line})`
}

/** Whether a line holds these words. */
export function holds(line: SQL, q: string): SQL<boolean> {
  return sql<boolean>`position(lower(${q}::text) in lower(devpilot_log_plain(${line}))) > 0`
}

/** The text of an event as its lines, each with its number. */
export const logLinesOf: SQL = sql`unnest(string_to_array(${logText}, E'\\n')) with ordinality as part (text, place)`
