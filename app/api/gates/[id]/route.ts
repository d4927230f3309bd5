import { z } from 'zod'
import { route } from '@/lib/edge/route'
import { getGate } from '@/lib/services/gates/get'
import { gateViewSchema } from '@/lib/services/views'

export const GET = route({
  access: 'read',
  summary: 'One gate with all that a decision is made from.',
  input: z.strictObject({ id: z.uuid() }),
  output: gateViewSchema,
  handler: ({ ctx, input }) => getGate({ ctx, input: { gate: input.id } }),
})
