import { route } from '@/lib/edge/route'
import { lookAtRepository } from '@/lib/runtime/look/repository'
import {
  checkRepository,
  checkRepositoryInput,
  repositoryCheckSchema,
} from '@/lib/services/repositories/check'

export const POST = route({
  access: 'trigger',
  summary: 'Says what of a repository will work here, before anything of it is kept.',
  input: checkRepositoryInput,
  output: repositoryCheckSchema,
  handler: ({ ctx, input }) => checkRepository({ ctx, input, look: lookAtRepository }),
})
