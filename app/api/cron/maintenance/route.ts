import { z } from 'zod'
import { cronRoute } from '@/lib/edge/route'
import { maintain } from '@/lib/runtime/maintenance'

export const maxDuration = 300
export const dynamic = 'force-dynamic'

export const GET = cronRoute({
  summary: 'Clears away what ended runs and old requests left.',
  output: z.object({ keys: z.int() }),
  handler: ({ runtime }) => maintain(runtime),
})
