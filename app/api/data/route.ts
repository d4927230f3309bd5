import { z } from 'zod'
import { route } from '@/lib/edge/route'
import { listRuns } from '@/lib/services/runs/list'
import { getStats } from '@/lib/services/stats/get'
import { runSummarySchema, statsViewSchema } from '@/lib/services/views'

export const GET = route({
  access: 'read',
  summary: 'The figures of the first page: counts, the last 14 days and the newest runs.',
  input: z.strictObject({ limit: z.coerce.number().int().min(1).max(200).default(20) }),
  output: z.object({ stats: statsViewSchema, runs: z.array(runSummarySchema).readonly() }),
  handler: async ({ ctx, input }) => {
    const [stats, runs] = await Promise.all([getStats({ ctx }), listRuns({ ctx, input })])
    return { stats, runs: runs.items }
  },
})
