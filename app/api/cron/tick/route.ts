import { z } from 'zod'
import { cronRoute } from '@/lib/edge/route'
import { env } from '@/lib/env'
import { runSlice } from '@/lib/runtime/slice'

/** Seconds: a slice, and the model call that is under way at its end. */
export const maxDuration = 300
export const dynamic = 'force-dynamic'

export const GET = cronRoute({
  summary: 'Works on due runs for a slice of time, and gives back what is not done.',
  output: z.object({ steps: z.int(), nextDueInMs: z.number().nullable(), problem: z.string().nullable() }),
  handler: ({ runtime }) => runSlice(runtime, env().DEVPILOT_SLICE_SECONDS * 1_000),
})
