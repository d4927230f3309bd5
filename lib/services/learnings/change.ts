import { and, eq, getTableColumns, sql } from 'drizzle-orm'
import { z } from 'zod'
import { learnings } from '@/drizzle/schema'
import { decideLearning, learningDecisions } from '@/lib/core/learning'
import { appendAudit } from '@/lib/db/audit'
import type { Tx } from '@/lib/db/client'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import { noLearning } from './get'
import { isOver, learningRows } from './rows'
import { type Learning, toLearning } from './view'

const text = z.string().trim().min(1, 'Say what is to be remembered.').max(2_000)
const days = z.int().min(1).max(3_650)

export const changeLearningInput = z
  .strictObject({
    id: z.uuid(),
    decision: z.enum(learningDecisions).optional(),
    text: text.optional(),
    /** From now; null: it never ends by itself. */
    expiresInDays: days.nullable().optional(),
    reason: z.string().max(2_000).optional(),
  })
  .refine(
    ({ decision, text, expiresInDays }) => decision || text !== undefined || expiresInDays !== undefined,
    {
      message: 'Nothing is to be changed: send decision, text or expiresInDays.',
    },
  )

const verbs = { approve: 'approved', reject: 'rejected', expire: 'expired' } as const

/**
 * Approves, refuses or ends a learning, and changes its text or the time that it holds for. What agents are told
 * is a supervisor's decision, so it needs `approve`.
 * @throws AppError('not_found'), 'conflict' where its status does not allow the decision
 */
export async function changeLearning({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof changeLearningInput>
}): Promise<Learning> {
  authorise(ctx, 'approve')
  const wanted = parseInput(changeLearningInput, input)
  return ctx.db.transaction(async (tx) => {
    const { search: _search, ...columns } = getTableColumns(learnings)
    const [row] = await tx
      .select({ ...columns, over: isOver })
      .from(learnings)
      .where(eq(learnings.id, wanted.id))
      .for('update')
    if (!row) throw noLearning(wanted.id)
    const status = row.over && row.status === 'approved' ? 'expired' : row.status
    const next = wanted.decision ? decideLearning(status, wanted.decision) : status
    if (next === null) {
      throw new AppError('conflict', `This learning is ${status}${by(row.decidedBy?.name)}.`, {
        mend: 'Load the page again to see what can be decided now.',
      })
    }
    const edited = wanted.text !== undefined && wanted.text !== row.text
    await tx
      .update(learnings)
      .set({
        status: next,
        ...(wanted.decision ? { decidedBy: ctx.actor, decidedAt: sql`now()` } : {}),
        ...(edited ? { text: wanted.text, original: row.original ?? row.text } : {}),
        ...expiry(wanted, row.over),
      })
      .where(and(eq(learnings.id, row.id)))
    await audit(tx, ctx, wanted, { status, before: row.text, edited })
    const [changed] = await learningRows(tx).where(eq(learnings.id, row.id))
    if (!changed) throw noLearning(wanted.id)
    return toLearning(changed)
  })
}

type Wanted = z.output<typeof changeLearningInput>

/** Approved again, what has run out holds without an end unless one is named. */
function expiry({ decision, expiresInDays }: Wanted, over: boolean) {
  if (typeof expiresInDays === 'number') {
    return { expiresAt: sql`now() + ${expiresInDays} * interval '1 day'` }
  }
  return expiresInDays === null || (decision === 'approve' && over) ? { expiresAt: null } : {}
}

function by(name: string | undefined): string {
  return name === undefined ? '' : `, decided by ${name}`
}

async function audit(
  tx: Tx,
  ctx: ServiceContext,
  wanted: Wanted,
  was: { status: string; before: string; edited: boolean },
): Promise<void> {
  const { id, decision, text, expiresInDays, reason } = wanted
  await appendAudit(tx, {
    runId: null,
    actor: ctx.actor,
    action: `learning.${decision ? verbs[decision] : 'edited'}`,
    data: {
      learning: id,
      was: was.status,
      ...(was.edited ? { before: was.before, text } : {}),
      ...(expiresInDays === undefined ? {} : { expiresInDays }),
      ...(reason ? { reason } : {}),
    },
  })
}
