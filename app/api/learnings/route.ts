import { route } from '@/lib/edge/route'
import { listLearnings, listLearningsInput } from '@/lib/services/learnings/list'
import { learningSchema } from '@/lib/services/learnings/view'
import { pageOf } from '@/lib/services/views'

export const GET = route({
  access: 'read',
  summary: 'Lists learnings, the newest first.',
  input: listLearningsInput,
  output: pageOf(learningSchema),
  handler: ({ ctx, input }) => listLearnings({ ctx, input }),
})
