import { z } from 'zod'
import { actorSchema } from '@/lib/core/trigger'

/** A line of a diff. */
export const linePlaceSchema = z.strictObject({
  path: z.string().min(1).max(4_096),
  side: z.enum(['old', 'new']),
  line: z.int().min(1).max(2_147_483_647),
})

export const gateCommentSchema = z.object({
  id: z.uuid(),
  /** Where it was said. */
  gate: z.uuid(),
  actor: actorSchema,
  body: z.string(),
  /** The line that it is about; null for the gate as a whole. */
  place: linePlaceSchema.nullable(),
  /** The evidence hash of what was looked at. */
  evidence: z.string(),
  /** It is about another diff than the one that it is shown with: its line may be elsewhere by now. */
  earlier: z.boolean(),
  at: z.iso.datetime(),
})
