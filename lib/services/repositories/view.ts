import { z } from 'zod'
import type { repositories } from '@/drizzle/schema'

export const repositoryViewSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  forge: z.enum(['local', 'github', 'gitlab']),
  source: z.string(),
  defaultBranch: z.string(),
  createdAt: z.iso.datetime(),
})
export type RepositoryView = z.infer<typeof repositoryViewSchema>

export function toRepositoryView(row: typeof repositories.$inferSelect): RepositoryView {
  const { id, name, forge, source, defaultBranch } = row
  return { id, name, forge, source, defaultBranch, createdAt: row.createdAt.toISOString() }
}
