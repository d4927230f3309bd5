import { route } from '@/lib/edge/route'
import { changeLearning, changeLearningInput } from '@/lib/services/learnings/change'
import { getLearning, getLearningInput } from '@/lib/services/learnings/get'
import { learningDetailSchema, learningSchema } from '@/lib/services/learnings/view'

export const GET = route({
  access: 'read',
  summary: 'One learning, with the runs that were told of it.',
  input: getLearningInput,
  output: learningDetailSchema,
  handler: ({ ctx, input }) => getLearning({ ctx, input }),
})

export const PATCH = route({
  access: 'approve',
  summary: 'Approves, refuses, ends or edits a learning.',
  input: changeLearningInput,
  output: learningSchema,
  handler: ({ ctx, input }) => changeLearning({ ctx, input }),
})
