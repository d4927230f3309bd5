import { z } from 'zod'
import { runFilterFields } from '@/lib/core/run-filters'

export const exportRunsInput = z.strictObject({
  ...runFilterFields,
  format: z.enum(['csv', 'jsonl']).default('csv'),
  /** These and no others: ids, parted by commas. */
  ids: z
    .string()
    .max(8_000)
    .regex(/^[0-9a-f-]{36}(,[0-9a-f-]{36})*$/i, 'is no list of ids')
    .optional(),
})
