import { and, asc, eq, ne, sql } from 'drizzle-orm'
import { pullRequestComments, pullRequests } from '@/drizzle/schema'
import { AppError } from '@/lib/errors'
import type { LocalForgeStore, LocalPullRequest } from '@/lib/forge/local-store'
import type { Db, Tx } from './client'
import { newId } from './ids'

type Row = typeof pullRequests.$inferSelect

/** Pull requests of one repository without a forge, in the tables that all forges share. */
export function createLocalForgeStore(
  db: Db,
  repositoryId: string,
  urlFor: (number: number) => string,
): LocalForgeStore {
  const here = eq(pullRequests.repositoryId, repositoryId)
  const ofKey = (key: string) => and(here, eq(pullRequests.key, key), ne(pullRequests.state, 'closed'))
  const one = async (where: ReturnType<typeof and>): Promise<LocalPullRequest | null> => {
    const [row] = await db.select().from(pullRequests).where(where).limit(1)
    return row ? toLocal(row) : null
  }
  return {
    findByKey: (key) => one(ofKey(key)),
    get: (number) => one(and(here, eq(pullRequests.number, number))),
    async list() {
      const rows = await db.select().from(pullRequests).where(here).orderBy(asc(pullRequests.number))
      return rows.map(toLocal)
    },
    insert: (input, above) =>
      db.transaction(async (tx) => {
        await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`pulls:${repositoryId}`}, 0))`)
        const [there] = await tx.select().from(pullRequests).where(ofKey(input.key))
        if (there) return toLocal(there)
        const [last] = await tx
          .select({ number: sql<number>`coalesce(max(number), 0)::int` })
          .from(pullRequests)
          .where(here)
        const number = Math.max(above, last?.number ?? 0) + 1
        const values = {
          ...input,
          labels: [...input.labels],
          number,
          id: newId(),
          repositoryId,
          url: urlFor(number),
        }
        await giveUpKey(tx, input.key, number)
        const [row] = await tx.insert(pullRequests).values(values).returning()
        return toLocal(found(row))
      }),
    async update(number, { labels, ...rest }) {
      const change = labels === undefined ? rest : { ...rest, labels: [...labels] }
      const where = and(here, eq(pullRequests.number, number))
      const [row] = await db.update(pullRequests).set(change).where(where).returning()
      return toLocal(found(row))
    },
    async addComment(number, comment) {
      await db
        .insert(pullRequestComments)
        .values({ id: newId(), repositoryId, number, ...comment, key: `${number}:${comment.key}` })
        .onConflictDoNothing()
    },
    async comments(number) {
      const where = and(
        eq(pullRequestComments.repositoryId, repositoryId),
        eq(pullRequestComments.number, number),
      )
      const rows = await db
        .select()
        .from(pullRequestComments)
        .where(where)
        .orderBy(asc(pullRequestComments.createdAt))
      return rows.map(({ key, body, file, line }) => ({
        key: key.slice(`${number}:`.length),
        body,
        file,
        line,
      }))
    },
  }
}

/** A pull request that a person closed gives its key up to the one that was opened in its place. */
export async function giveUpKey(tx: Tx, key: string, opened: number): Promise<void> {
  await tx
    .update(pullRequests)
    .set({ state: 'closed', key: sql`${pullRequests.key} || ':closed:' || ${pullRequests.number}` })
    .where(and(eq(pullRequests.key, key), ne(pullRequests.number, opened)))
}

function found(row: Row | undefined): Row {
  if (!row) throw new AppError('not_found', 'The pull request is gone.')
  return row
}

function toLocal(row: Row): LocalPullRequest {
  const { number, key, branch, target, title, body, labels, state, headSha, mergeSha } = row
  return {
    number,
    key,
    branch,
    target,
    title,
    body,
    labels,
    state,
    headSha,
    baseSha: row.baseSha ?? '',
    mergeSha,
  }
}
