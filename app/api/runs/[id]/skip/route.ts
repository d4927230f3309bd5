import { z } from 'zod'
import { route } from '@/lib/edge/route'
import { signalRun, skipStepInput } from '@/lib/services/runs/signal'
import { runSummarySchema } from '@/lib/services/views'

export const POST = route({
  access: 'trigger',
  summary: 'Leaves out the step that a run stands at.',
  input: skipStepInput.omit({ run: true }).extend({ id: z.uuid() }),
  output: runSummarySchema,
  handler: ({ ctx, input: { id, ...rest } }) => signalRun({ ctx, input: { ...rest, kind: 'skip', run: id } }),
})
