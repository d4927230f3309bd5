import { z } from 'zod'

const partingSchema = z.object({
  bead: z.int(),
  step: z.string(),
  /** `1, 2, 3 …`; null where it is the bead's end that parts. */
  turn: z.int().nullable(),
  /** `the system prompt`, `message 0 (user)`, `the tools`, `the route`, `the tool read_file` … */
  place: z.string(),
  /** The lines that differ, `- ` as recorded and `+ ` as it would be now. */
  lines: z.string(),
})
export type ReplayParting = z.infer<typeof partingSchema>

/** What a replay found. Nothing of it is written anywhere. */
export const replayReportSchema = z.object({
  run: z.uuid(),
  /** Every move and every turn, and every tool where that was asked for, was compared and is as recorded. */
  same: z.boolean(),
  /** One sentence. */
  summary: z.string(),
  /** The outcomes through the router of today. */
  route: z.object({ moves: z.int(), parting: partingSchema.nullable(), reason: z.string().nullable() }),
  /** The requests of each agent's conversation, made again from the record. */
  beads: z.array(
    z.object({
      seq: z.int(),
      step: z.string(),
      attempt: z.int(),
      turns: z.int(),
      /** Turns whose request is the same, up to the first that is not. */
      same: z.int(),
      parting: partingSchema.nullable(),
      /** Why it was not, or not wholly, compared. */
      note: z.string().nullable(),
    }),
  ),
  /** Tools that were run once more in a checkout of their own; null when that was not asked for. */
  tools: z
    .object({
      ran: z.int(),
      same: z.int(),
      left: z.int(),
      /** Why tools that were to run again did not. */
      note: z.string().nullable(),
      partings: z.array(partingSchema),
    })
    .nullable(),
})
export type ReplayReport = z.infer<typeof replayReportSchema>
