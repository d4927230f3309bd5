import { eq } from 'drizzle-orm'
import { z } from 'zod'
import { repositories } from '@/drizzle/schema'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import { type LookAtRepository, repositoryLookSchema } from './look'
import { parseRepository } from './spec'

export const checkRepositoryInput = z.strictObject({ repository: z.string().trim().min(1).max(2_000) })

export const repositoryCheckSchema = repositoryLookSchema.extend({
  /** Nothing of it stands in the way of a run. */
  works: z.boolean(),
  /** It is here already. */
  known: z.uuid().nullable(),
  name: z.string(),
  forge: z.enum(['local', 'github', 'gitlab']),
  source: z.string(),
})
export type RepositoryCheck = z.infer<typeof repositoryCheckSchema>

/**
 * What of a repository will work here, before anything of it is kept: whether it can be reached, its base branch, what
 * it is, what its devpilot.yaml is worth, and what is missing with its mend.
 * @throws AppError('bad_request' | 'repository_unusable' | 'bad_config') for a text that names no repository
 */
export async function checkRepository({
  ctx,
  input,
  look,
}: {
  ctx: ServiceContext
  input: z.input<typeof checkRepositoryInput>
  look: LookAtRepository
}): Promise<RepositoryCheck> {
  authorise(ctx, 'trigger')
  const { repository } = parseInput(checkRepositoryInput, input)
  const { name, forge, source } = parseRepository(repository)
  const [seen, [row]] = await Promise.all([
    look({ forge, source }),
    ctx.db
      .select({ id: repositories.id, removedAt: repositories.removedAt })
      .from(repositories)
      .where(eq(repositories.source, source)),
  ])
  const works = seen.checks.every(({ status }) => status !== 'fail')
  return { ...seen, works, known: row && row.removedAt === null ? row.id : null, name, forge, source }
}
