import { and, eq, isNotNull, isNull, or, sql } from 'drizzle-orm'
import { z } from 'zod'
import { duties, repositories } from '@/drizzle/schema'
import { appendAudit } from '@/lib/db/audit'
import type { Db, Tx } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import { isLocation, parseRepository, type RepositorySpec } from './spec'
import { type RepositoryView, toRepositoryView } from './view'

export const addRepositoryInput = z.strictObject({ repository: z.string().trim().min(1).max(2_000) })

/**
 * The repository with this id, path, URL, owner/name or known name; registered when it is new.
 * @throws AppError('not_found' | 'bad_request' | 'repository_unusable')
 */
export async function addRepository({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof addRepositoryInput>
}): Promise<RepositoryView> {
  authorise(ctx, 'trigger')
  const { repository } = parseInput(addRepositoryInput, input)
  const row = await ctx.db.transaction((tx) => findOrAdd(tx, ctx, repository))
  return toRepositoryView(row)
}

export type RepositoryRow = typeof repositories.$inferSelect

/** As `addRepository`, in the caller's transaction and without its authorisation. */
export async function findOrAdd(tx: Tx, ctx: ServiceContext, text: string): Promise<RepositoryRow> {
  const known = await findKnown(tx, text)
  return known ?? insertRepository(tx, ctx, parseRepository(text))
}

/** A registered repository by id or name; null for what says by itself where it is. */
export async function findKnown(db: Db | Tx, text: string): Promise<RepositoryRow | null> {
  const isId = z.uuid().safeParse(text).success
  const where = isId
    ? eq(repositories.id, text)
    : or(eq(repositories.name, text), eq(repositories.source, text))
  const found = await db
    .select()
    .from(repositories)
    .where(and(where, isNull(repositories.removedAt)))
    .limit(2)
  const exact = found.find((row) => row.source === text)
  if (exact) return exact
  if (found.length > 1) {
    throw new AppError('bad_request', `repository: several are named "${text}".`, {
      place: 'repository',
      mend: 'Give its path, URL or id.',
    })
  }
  if (found[0]) return found[0]
  if (isId || !isLocation(text)) {
    throw new AppError('not_found', `There is no repository "${text.slice(0, 200)}".`, {
      place: 'repository',
      mend: 'Give the absolute path of a folder, a clone URL, or owner/name on GitHub.',
    })
  }
  return null
}

/** Adds the row, or finds the one that somebody added meanwhile; one that was removed is here again, with its runs. */
export async function insertRepository(
  tx: Tx,
  ctx: ServiceContext,
  spec: RepositorySpec,
): Promise<RepositoryRow> {
  const [added] = await tx
    .insert(repositories)
    .values({ id: newId(), ...spec })
    .onConflictDoNothing()
    .returning()
  if (added) return announce(tx, ctx, 'repository.added', added)
  const [row] = await tx.select().from(repositories).where(eq(repositories.source, spec.source))
  if (!row) throw new AppError('internal', 'A repository was there and then was not.')
  if (row.removedAt === null) return row
  const back = await bringBack(tx, spec.source)
  return back ? announce(tx, ctx, 'repository.added_again', back) : { ...row, removedAt: null }
}

async function announce(
  tx: Tx,
  ctx: ServiceContext,
  action: 'repository.added' | 'repository.added_again',
  row: RepositoryRow,
): Promise<RepositoryRow> {
  const data = { repository: row.id, name: row.name, forge: row.forge, source: row.source }
  await appendAudit(tx, { runId: null, actor: ctx.actor, action, data })
  // Its schedules are not to wait for the next round.
  await tx.update(duties).set({ dueAt: sql`now()` }).where(eq(duties.name, 'schedules-read'))
  return row
}

async function bringBack(tx: Tx, source: string): Promise<RepositoryRow | undefined> {
  const [back] = await tx
    .update(repositories)
    .set({ removedAt: null })
    .where(and(eq(repositories.source, source), isNotNull(repositories.removedAt)))
    .returning()
  return back
}
