import { z } from 'zod'
import { columnNames } from '@/lib/core/run-columns'

export const saveViewInput = z.strictObject({
  name: z.string().trim().min(1, 'needs a letter').max(80),
  query: z.string().max(2_000),
  columns: z.array(z.enum(columnNames)).max(columnNames.length).default([]),
  shared: z.boolean().default(false),
})
export const removeViewInput = z.strictObject({ view: z.uuid() })
