import { z } from 'zod'
import { route } from '@/lib/edge/route'
import { cancelRunInput, signalRun } from '@/lib/services/runs/signal'
import { runSummarySchema } from '@/lib/services/views'

export const POST = route({
  access: 'trigger',
  summary: 'Cancels a run that has not ended.',
  input: cancelRunInput.omit({ run: true }).extend({ id: z.uuid() }),
  output: runSummarySchema,
  handler: ({ ctx, input: { id, ...rest } }) =>
    signalRun({ ctx, input: { ...rest, kind: 'cancel', run: id } }),
})
