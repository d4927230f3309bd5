import { route } from '@/lib/edge/route'
import { listRuns, listRunsInput } from '@/lib/services/runs/list'
import { startRun } from '@/lib/services/runs/start'
import { startRunInput } from '@/lib/services/runs/start-input'
import { pageOf, runSummarySchema } from '@/lib/services/views'

export const GET = route({
  access: 'read',
  summary: 'Lists runs, the newest first.',
  input: listRunsInput,
  output: pageOf(runSummarySchema),
  handler: ({ ctx, input }) => listRuns({ ctx, input }),
})

export const POST = route({
  access: 'trigger',
  summary: 'Starts a run.',
  input: startRunInput,
  output: runSummarySchema,
  status: 201,
  handler: ({ ctx, input }) => startRun({ ctx, input }),
})
