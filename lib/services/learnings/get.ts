import { desc, eq } from 'drizzle-orm'
import { z } from 'zod'
import { learnings, learningUses, runs } from '@/drizzle/schema'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import { learningRows } from './rows'
import { type LearningDetail, toLearning } from './view'

export const getLearningInput = z.strictObject({ id: z.uuid() })
const SHOWN = 50

/** One learning with the runs that were told of it. @throws AppError('not_found') */
export async function getLearning({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof getLearningInput>
}): Promise<LearningDetail> {
  authorise(ctx, 'read')
  const { id } = parseInput(getLearningInput, input)
  const [[row], uses] = await Promise.all([
    learningRows(ctx.db).where(eq(learnings.id, id)),
    ctx.db
      .select({ run: runs.id, title: runs.title, status: runs.status, at: learningUses.at })
      .from(learningUses)
      .innerJoin(runs, eq(runs.id, learningUses.runId))
      .where(eq(learningUses.learningId, id))
      .orderBy(desc(learningUses.at), desc(learningUses.runId))
      .limit(SHOWN),
  ])
  if (!row) throw noLearning(id)
  return { ...toLearning(row), uses: uses.map((use) => ({ ...use, at: use.at.toISOString() })) }
}

export function noLearning(id: string): AppError {
  return new AppError('not_found', `There is no learning ${id}.`, { mend: 'The page Learnings lists them.' })
}
