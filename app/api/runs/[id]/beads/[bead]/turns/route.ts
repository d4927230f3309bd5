import { z } from 'zod'
import { route } from '@/lib/edge/route'
import { listTurns, listTurnsInput } from '@/lib/services/runs/turns'
import { pageOf, turnViewSchema } from '@/lib/services/views'

export const GET = route({
  access: 'read',
  summary: 'The model calls of one bead, the first one first.',
  input: listTurnsInput.omit({ run: true }).extend({ id: z.uuid() }),
  output: pageOf(turnViewSchema),
  handler: ({ ctx, input: { id, ...rest } }) => listTurns({ ctx, input: { ...rest, run: id } }),
})
