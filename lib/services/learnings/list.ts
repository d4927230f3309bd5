import { and, desc, eq, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import { learningKindNames, learningStatusNames, learnings } from '@/drizzle/schema'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { decodeCursor, encodeCursor, olderThan, pageInput, toPage } from '../cursor'
import { parseInput } from '../parse'
import type { Page } from '../views'
import { isOver, learningRows } from './rows'
import { type Learning, toLearning } from './view'

export const listLearningsInput = z.strictObject({
  ...pageInput,
  status: z.enum(learningStatusNames).optional(),
  kind: z.enum(learningKindNames).optional(),
  repository: z.uuid().optional(),
  /** Words of the text, the last of them may be the beginning of one. */
  q: z.string().max(200).optional(),
})

/** Learnings, the newest first. */
export async function listLearnings({
  ctx,
  input = {},
}: {
  ctx: ServiceContext
  input?: z.input<typeof listLearningsInput>
}): Promise<Page<Learning>> {
  authorise(ctx, 'read')
  const { status, kind, repository, q, limit, cursor } = parseInput(listLearningsInput, input)
  const words = wordsOf(q ?? '')
  const like = and(
    kind ? eq(learnings.kind, kind) : undefined,
    repository ? eq(learnings.repositoryId, repository) : undefined,
    words === null ? undefined : sql`${learnings.search} @@ to_tsquery('simple', ${words})`,
    olderThan(learnings.createdAt, learnings.id, decodeCursor(cursor)),
  )
  const rows = await learningRows(ctx.db)
    .where(
      status === 'expired' ? whatIsOver(like, limit + 1) : and(like, status ? inStatus(status) : undefined),
    )
    .orderBy(desc(learnings.createdAt), desc(learnings.id))
    .limit(limit + 1)
  return toPage(rows, limit, (row) => encodeCursor(row.learning.createdAt, row.learning.id), toLearning)
}

/** Every word as a prefix, all of them wanted; null for a text without any. */
function wordsOf(text: string): string | null {
  const words = text.match(/[\p{L}\p{N}]+/gu) ?? []
  return words.length === 0 ? null : words.map((word) => `${word}:*`).join(' & ')
}

function inStatus(status: 'proposed' | 'approved' | 'rejected'): SQL | undefined {
  return and(eq(learnings.status, status), status === 'approved' ? sql`not ${isOver}` : undefined)
}

/** What was ended by people or by time: each has its index, which nothing has that is one or the other. */
function whatIsOver(like: SQL | undefined, count: number): SQL {
  const newest = (over: SQL) =>
    sql`(select ${learnings.id} from ${learnings} where ${and(over, like)}
      order by ${learnings.createdAt} desc, ${learnings.id} desc limit ${count})`
  const byTime = sql`${learnings.status} = 'approved' and ${learnings.expiresAt} is not null and ${isOver}`
  return sql`${learnings.id} in (${newest(sql`${learnings.status} = 'expired'`)} union all ${newest(byTime)})`
}
