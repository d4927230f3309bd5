import { and, desc, ilike, isNull } from 'drizzle-orm'
import { z } from 'zod'
import { repositories } from '@/drizzle/schema'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { decodeCursor, encodeCursor, olderThan, pageInput, toPage } from '../cursor'
import { parseInput } from '../parse'
import type { Page } from '../views'
import { type RepositoryView, toRepositoryView } from './view'

export const listRepositoriesInput = z.strictObject({ ...pageInput, q: z.string().max(200).optional() })

/** Registered repositories, the newest first. */
export async function listRepositories({
  ctx,
  input = {},
}: {
  ctx: ServiceContext
  input?: z.input<typeof listRepositoriesInput>
}): Promise<Page<RepositoryView>> {
  authorise(ctx, 'read')
  const { q, limit, cursor } = parseInput(listRepositoriesInput, input)
  const after = decodeCursor(cursor)
  const rows = await ctx.db
    .select()
    .from(repositories)
    .where(
      and(
        isNull(repositories.removedAt),
        q ? ilike(repositories.name, `%${likeText(q)}%`) : undefined,
        olderThan(repositories.createdAt, repositories.id, after),
      ),
    )
    .orderBy(desc(repositories.createdAt), desc(repositories.id))
    .limit(limit + 1)
  return toPage(rows, limit, (row) => encodeCursor(row.createdAt, row.id), toRepositoryView)
}

/** Text as LIKE takes it literally. */
export function likeText(text: string): string {
  return text.replace(/[\\%_]/g, (sign) => `\\${sign}`)
}
