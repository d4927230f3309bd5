import { and, desc, eq, gt, inArray, isNull, or, sql } from 'drizzle-orm'
import { learnings, learningUses } from '@/drizzle/schema'
import { redact } from '@/lib/log'
import type { StepRecord } from '@/lib/steps/ports'
import type { Db, Tx } from './client'
import { newId } from './ids'

/** The most that agents are told; the newest go first. */
const TOLD = 20
const LONGEST = 2_000

interface LearningsInput {
  readonly db: Db
  /** A transaction that writes only while this worker has the run. */
  readonly fenced: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>
  readonly runId: string
  readonly repositoryId: string
}

/** What a run proposes to remember, and what it is told of earlier ones. */
export function createLearnings(input: LearningsInput): Pick<StepRecord, 'learning' | 'learnings'> {
  const { db, fenced, runId, repositoryId } = input
  return {
    learning: (kind, proposed, source) =>
      fenced(async (tx) => {
        const text = redact(proposed).slice(0, LONGEST)
        // What was decided once is not asked again.
        const same = and(
          eq(learnings.repositoryId, repositoryId),
          sql`md5(coalesce(${learnings.original}, ${learnings.text})) = md5(${text})`,
        )
        const [known] = await tx.select({ id: learnings.id }).from(learnings).where(same).limit(1)
        if (!known)
          await tx.insert(learnings).values({ id: newId(), repositoryId, runId, kind, text, source })
      }),
    async learnings() {
      const rows = await db
        .select({ id: learnings.id, text: learnings.text })
        .from(learnings)
        .where(
          and(
            eq(learnings.repositoryId, repositoryId),
            eq(learnings.status, 'approved'),
            or(isNull(learnings.expiresAt), gt(learnings.expiresAt, sql`now()`)),
          ),
        )
        .orderBy(desc(learnings.createdAt))
        .limit(TOLD)
      const ids = rows.map(({ id }) => id)
      if (ids.length > 0) await fenced((tx) => noteUse(tx, runId, ids))
      return rows.map((row) => `- ${row.text}`)
    },
  }
}

/** Once a run, however often its agents ask. */
async function noteUse(tx: Tx, runId: string, ids: readonly string[]): Promise<void> {
  const added = await tx
    .insert(learningUses)
    .values(ids.map((learningId) => ({ learningId, runId })))
    .onConflictDoNothing()
    .returning({ id: learningUses.learningId })
  if (added.length === 0) return
  const used = { used: sql`${learnings.used} + 1` }
  // In one order, and beside the rows' keys, which both have shared by now: two runs that are told of the same ones
  // must not wait for each other in a circle.
  const fresh = added.map(({ id }) => id).sort()
  await tx
    .select({ id: learnings.id })
    .from(learnings)
    .where(inArray(learnings.id, fresh))
    .orderBy(learnings.id)
    .for('no key update')
  await tx.update(learnings).set(used).where(inArray(learnings.id, fresh))
}
