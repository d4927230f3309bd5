import { z } from 'zod'
import { logLevels } from '@/lib/core/names'
import { runEventSchema } from '../views'

/** A line of a run's log. `n` stays its number for good. */
export const logLineSchema = z.object({
  n: z.int(),
  /** The event that it is a line of. */
  event: z.int(),
  bead: z.uuid().nullable(),
  at: z.iso.datetime(),
  kind: runEventSchema.shape.kind,
  level: z.enum(logLevels),
  /** As it came, colours and all; its beginning where it is longer than was asked for. */
  text: z.string(),
  /** Of the whole line, in characters. */
  length: z.int(),
})
export type LogLine = z.infer<typeof logLineSchema>

const extent = {
  /** Lines of the whole log. */
  total: z.int(),
  /** The last event that it holds: a stream goes on after it. */
  lastEvent: z.int(),
}
export const logPageSchema = z.object({ ...extent, lines: z.array(logLineSchema) })
export type LogPage = z.infer<typeof logPageSchema>

export const logPlacesSchema = z.object({
  ...extent,
  /** `[first line, how many]`, in order. */
  ranges: z.array(z.tuple([z.int(), z.int()])),
  /** How many lines that is in all. */
  lines: z.int(),
  /** There are more ranges than were asked for. */
  more: z.boolean(),
})
export type LogPlaces = z.infer<typeof logPlacesSchema>
