import { z } from 'zod'
import { route } from '@/lib/edge/route'
import { getRepository, repositoryDetailSchema } from '@/lib/services/repositories/get'
import { removedSchema, removeRepository } from '@/lib/services/repositories/remove'

const input = z.strictObject({ id: z.uuid() })

export const GET = route({
  access: 'read',
  summary: 'One repository: its last runs, baseline, schedules and spending.',
  input,
  output: repositoryDetailSchema,
  handler: ({ ctx, input: { id } }) => getRepository({ ctx, input: { repository: id } }),
})

export const DELETE = route({
  access: 'admin',
  summary: 'Takes a repository off the lists and ends its schedules; its runs stay on record.',
  input,
  output: removedSchema,
  handler: ({ ctx, input: { id } }) => removeRepository({ ctx, input: { repository: id } }),
})
