import { z } from 'zod'
import { route } from '@/lib/edge/route'
import { commentGate, commentGateInput } from '@/lib/services/gates/comment'
import { gateCommentSchema } from '@/lib/services/gates/comment-view'

export const POST = route({
  access: 'approve',
  summary:
    'Says something at a gate, or on a line of its diff; it decides nothing. The gate shows what was said.',
  input: commentGateInput.omit({ gate: true }).extend({ id: z.uuid() }),
  output: gateCommentSchema,
  status: 201,
  handler: ({ ctx, input: { id, ...said } }) => commentGate({ ctx, input: { gate: id, ...said } }),
})
