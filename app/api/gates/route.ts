import { route } from '@/lib/edge/route'
import { listGates, listGatesInput } from '@/lib/services/gates/list'
import { gateSummarySchema, pageOf } from '@/lib/services/views'

export const GET = route({
  access: 'read',
  summary: 'Lists gates, those that wait for people unless `status` says otherwise.',
  input: listGatesInput,
  output: pageOf(gateSummarySchema),
  handler: ({ ctx, input }) => listGates({ ctx, input }),
})
