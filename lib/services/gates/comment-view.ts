import { z } from 'zod'
import { linePlaceSchema } from '@/lib/core/diff-place'
import { actorSchema } from '@/lib/core/trigger'

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
