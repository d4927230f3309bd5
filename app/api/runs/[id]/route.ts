import { z } from 'zod'
import { route } from '@/lib/edge/route'
import { getRun } from '@/lib/services/runs/get'
import { runViewSchema } from '@/lib/services/views'

export const GET = route({
  access: 'read',
  summary: 'One run, whole.',
  input: z.strictObject({ id: z.uuid() }),
  output: runViewSchema,
  handler: ({ ctx, input }) => getRun({ ctx, input: { run: input.id } }),
})
