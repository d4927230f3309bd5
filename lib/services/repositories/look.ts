import { z } from 'zod'
import { checkedSchema } from '@/lib/core/checked'
import type { RepositorySpec } from './spec'

/** What was found in a repository that was only looked at. */
export const repositoryLookSchema = z.object({
  checks: z.array(checkedSchema).readonly(),
  /** The base branch and its tip; null where it could not be read. */
  branch: z.string().nullable(),
  headSha: z.string().nullable(),
  /** Of devpilot.yaml; null where nothing could be read. */
  config: z.enum(['absent', 'valid', 'invalid']).nullable(),
  project: z
    .object({
      name: z.string().nullable(),
      language: z.string(),
      manager: z.string().nullable(),
      setup: z.string().nullable(),
      test: z.string().nullable(),
      lint: z.string().nullable(),
      types: z.string().nullable(),
    })
    .nullable(),
})
export type RepositoryLook = z.infer<typeof repositoryLookSchema>

/** Looks at a repository where it is, with git and the sandboxes of this machine; keeps nothing and never throws. */
export type LookAtRepository = (place: Pick<RepositorySpec, 'forge' | 'source'>) => Promise<RepositoryLook>
