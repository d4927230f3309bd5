import { route } from '@/lib/edge/route'
import { startRun } from '@/lib/services/runs/start'
import { startRunInput } from '@/lib/services/runs/start-input'
import { runSummarySchema } from '@/lib/services/views'

export const POST = route({
  access: 'trigger',
  summary: 'Starts a run; the same as POST /api/runs.',
  input: startRunInput,
  output: runSummarySchema,
  status: 201,
  makes: true,
  handler: ({ ctx, input, made }) => startRun({ ctx, input, id: made }),
})
