import { z } from 'zod'
import { route } from '@/lib/edge/route'
import { resumeRunInput, signalRun } from '@/lib/services/runs/signal'
import { runSummarySchema } from '@/lib/services/views'

export const POST = route({
  access: 'trigger',
  summary: 'Lets a run that was paused by its budget go on, with more money.',
  input: resumeRunInput.omit({ run: true }).extend({ id: z.uuid() }),
  output: runSummarySchema,
  handler: ({ ctx, input: { id, ...rest } }) =>
    signalRun({ ctx, input: { ...rest, kind: 'resume', run: id } }),
})
