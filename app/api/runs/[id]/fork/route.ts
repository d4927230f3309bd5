import { z } from 'zod'
import { route } from '@/lib/edge/route'
import { forkReaders } from '@/lib/runtime/fork'
import { forkRun } from '@/lib/services/runs/fork'
import { forkRunInput } from '@/lib/services/runs/fork-input'
import { runSummarySchema } from '@/lib/services/views'

export const POST = route({
  access: 'trigger',
  summary: 'Forks a run at a step or a turn, with another prompt, model or configuration, on its own branch.',
  input: forkRunInput.omit({ run: true }).extend({ id: z.uuid() }),
  output: runSummarySchema,
  status: 201,
  makes: true,
  handler: ({ ctx, input: { id, ...rest }, made }) =>
    forkRun({ ctx, input: { ...rest, run: id }, readers: forkReaders, id: made }),
})
