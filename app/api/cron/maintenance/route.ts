import { z } from 'zod'
import { cronRoute } from '@/lib/edge/route'
import { maintain } from '@/lib/runtime/maintenance'

export const maxDuration = 300
export const dynamic = 'force-dynamic'

export const GET = cronRoute({
  summary: 'Brings rows, disk and processes to agree, and clears away what ended runs and old requests left.',
  output: z.object({ keys: z.int(), mended: z.int(), problems: z.array(z.string()) }),
  handler: ({ runtime }) => maintain(runtime),
})
