import { z } from 'zod'
import { route } from '@/lib/edge/route'
import { retryRunInput, signalRun } from '@/lib/services/runs/signal'
import { runSummarySchema } from '@/lib/services/views'

export const POST = route({
  access: 'trigger',
  summary: 'Begins an ended run again, at the step that failed or a named one.',
  input: retryRunInput.omit({ run: true }).extend({ id: z.uuid() }),
  output: runSummarySchema,
  handler: ({ ctx, input: { id, ...rest } }) =>
    signalRun({ ctx, input: { ...rest, kind: 'retry', run: id } }),
})
