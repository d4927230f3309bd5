import { route } from '@/lib/edge/route'
import { requeueRuns, requeueRunsInput } from '@/lib/services/runs/requeue'
import { requeuedSchema } from '@/lib/services/views'

export const POST = route({
  access: 'trigger',
  summary: 'Puts runs back that were given up, all or those named; each has its own result.',
  input: requeueRunsInput,
  output: requeuedSchema,
  handler: ({ ctx, input }) => requeueRuns({ ctx, input }),
})
