import { route } from '@/lib/edge/route'
import { addRepository, addRepositoryInput } from '@/lib/services/repositories/add'
import { listRepositories, listRepositoriesInput } from '@/lib/services/repositories/list'
import { repositoryViewSchema } from '@/lib/services/repositories/view'
import { pageOf } from '@/lib/services/views'

export const GET = route({
  access: 'read',
  summary: 'Lists repositories, the newest first.',
  input: listRepositoriesInput,
  output: pageOf(repositoryViewSchema),
  handler: ({ ctx, input }) => listRepositories({ ctx, input }),
})

export const POST = route({
  access: 'trigger',
  summary: 'Registers a repository, or finds it when it is known.',
  input: addRepositoryInput,
  output: repositoryViewSchema,
  handler: ({ ctx, input }) => addRepository({ ctx, input }),
})
