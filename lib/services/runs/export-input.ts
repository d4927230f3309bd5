import { z } from 'zod'
import { runFilterFields } from '@/lib/core/run-filters'

export const exportRunsInput = z.strictObject({
  ...runFilterFields,
  format: z.enum(['csv', 'jsonl']).default('csv'),
  /** These and no others: ids, parted by commas. */
  ids: z
    .string()
    .max(8_000)
    .refine((text) => text.split(',').every((id) => z.uuid().safeParse(id).success), 'is no list of ids')
    .optional(),
})
