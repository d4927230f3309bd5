import { z } from 'zod'
import { cronRoute } from '@/lib/edge/route'
import { followSchedules } from '@/lib/runtime/schedules/follow'

export const maxDuration = 300
export const dynamic = 'force-dynamic'

const counts = { repositories: z.int(), added: z.int(), changed: z.int(), removed: z.int() }

export const GET = cronRoute({
  summary: 'Starts the runs of schedules that are due, and reads what schedules there are.',
  output: z.object({
    ...counts,
    started: z.array(z.object({ schedule: z.uuid(), run: z.uuid(), times: z.int() })),
    skipped: z.int(),
    problems: z.array(z.string()),
  }),
  handler: ({ runtime }) => followSchedules(runtime),
})
