import { route } from '@/lib/edge/route'
import { ingestRun } from '@/lib/services/runs/ingest'
import { ingestRunInput } from '@/lib/services/runs/ingest-input'
import { runSummarySchema } from '@/lib/services/views'

export const POST = route({
  access: 'ingest',
  summary: 'Takes in the log of work that was done elsewhere; the same id again updates it.',
  input: ingestRunInput,
  output: runSummarySchema,
  handler: ({ ctx, input }) => ingestRun({ ctx, input }),
})
