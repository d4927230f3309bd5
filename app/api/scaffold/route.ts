import { route } from '@/lib/edge/route'
import { startRun } from '@/lib/services/runs/start'
import { startRunInput } from '@/lib/services/runs/start-input'
import { runSummarySchema } from '@/lib/services/views'

export const POST = route({
  access: 'trigger',
  summary: 'Starts a run that adds the files which good repositories have and this one lacks.',
  input: startRunInput.omit({ flow: true }),
  output: runSummarySchema,
  status: 201,
  makes: true,
  handler: ({ ctx, input, made }) => startRun({ ctx, input: { ...input, flow: 'scaffold' }, id: made }),
})
