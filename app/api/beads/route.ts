import { route } from '@/lib/edge/route'
import { listBeads, listBeadsInput } from '@/lib/services/beads/list'
import { beadViewSchema, pageOf } from '@/lib/services/views'

export const GET = route({
  access: 'read',
  summary: 'Lists beads, the newest first.',
  input: listBeadsInput,
  output: pageOf(beadViewSchema),
  handler: ({ ctx, input }) => listBeads({ ctx, input }),
})
