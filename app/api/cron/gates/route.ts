import { z } from 'zod'
import { cronRoute } from '@/lib/edge/route'
import { lapseGates } from '@/lib/runtime/slice'

export const maxDuration = 60
export const dynamic = 'force-dynamic'

export const GET = cronRoute({
  summary: 'Lets the gates lapse whose time is over.',
  output: z.object({ lapsed: z.int() }),
  handler: async ({ runtime }) => ({ lapsed: await lapseGates(runtime) }),
})
