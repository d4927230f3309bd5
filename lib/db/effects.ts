import { and, eq, gt, isNull, or, sql } from 'drizzle-orm'
import { effects, jobs } from '@/drizzle/schema'
import type { Claim } from '@/lib/engine/store'
import { AppError } from '@/lib/errors'
import { redacted } from '@/lib/log'
import type { Effect, StepRecord } from '@/lib/steps/ports'
import { appendAudit, ENGINE } from './audit'
import type { Db, Tx } from './client'
import { holdNow } from './fence'
import { assertLease, heldBy } from './transition'

interface EffectsInput {
  readonly db: Db
  readonly claim: Claim
  readonly run: { readonly id: string }
  readonly signal?: AbortSignal
}

/** What is done outside, each thing once: see `Effect`. One of these belongs to one worker's hold on one run. */
export function createEffects(input: EffectsInput): Pick<StepRecord, 'effect' | 'beforeWrite'> {
  const { db, claim, signal } = input
  let open: { readonly kind: string; writes: number } | null = null
  const assertAlive = (kind: string): void => {
    if (signal?.aborted) throw new AppError('cancelled', `The run was stopped before its ${kind}.`)
  }
  return {
    async effect(effect, make) {
      if (open) throw new AppError('internal', `A ${effect.kind} was begun inside a ${open.kind}.`)
      const begun = await begin(input, effect)
      if ('result' in begun) return resultOf(begun.result)
      const frame = { kind: effect.kind, writes: 0 }
      open = frame
      try {
        const made = await make()
        // Refused after something of it was done: what became of it, nobody knows.
        if ('refused' in made && frame.writes > 1) return made
        return await keep(input, effect, { made, attempts: begun.attempts, writes: frame.writes })
      } finally {
        open = null
      }
    },
    async beforeWrite() {
      if (!open)
        throw new AppError('internal', 'Something was to be changed outside without its intent on record.')
      assertAlive(open.kind)
      await holdNow(() => leaseLeft(db, claim))
      assertAlive(open.kind)
      open.writes += 1
    },
  }
}

/** The intent, under the worker's lease; or the result, where it was done before. */
async function begin(
  { db, claim, run }: EffectsInput,
  { key, kind, intent }: Effect,
): Promise<{ attempts: number } | { result: Record<string, unknown> }> {
  return db.transaction(async (tx) => {
    await assertLease(tx, claim)
    const what = redacted({ ...intent })
    const [row] = await tx
      .insert(effects)
      .values({ key, runId: run.id, kind, intent: what })
      .onConflictDoUpdate({
        target: effects.key,
        set: { intent: what, result: null, attempts: sql`${effects.attempts} + 1` },
        setWhere: isNull(effects.doneAt),
      })
      .returning({ attempts: effects.attempts })
    if (row) return row
    const [done] = await tx.select({ result: effects.result }).from(effects).where(eq(effects.key, key))
    return { result: done?.result ?? {} }
  })
}

interface Made<T> {
  readonly made: T
  readonly attempts: number
  /** Changes that this attempt made outside; none: all of it was there already. */
  readonly writes: number
}

async function keep<T extends Record<string, unknown>>(
  { db, claim, run }: EffectsInput,
  { key, kind }: Effect,
  { made, attempts, writes }: Made<T>,
): Promise<T> {
  const found = writes === 0 && !('refused' in made)
  const result = found ? { ...made, found } : made
  await db.transaction(async (tx) => {
    await assertLease(tx, claim)
    const kept = redacted({ ...result })
    // What was refused stays open: the next attempt asks again, for a token may have been given the right meanwhile.
    const doneAt = 'refused' in made ? null : sql`now()`
    await tx.update(effects).set({ result: kept, doneAt }).where(eq(effects.key, key))
    await tell(tx, run.id, actionOf(result, found, attempts), { key, kind, attempts, result: kept })
  })
  return result
}

function actionOf(result: Record<string, unknown>, found: boolean, attempts: number): string {
  if ('refused' in result) return 'effect.refused'
  if (!found) return 'effect.made'
  // Begun before by somebody who did not live to say what became of it, or there without our doing.
  return attempts > 1 ? 'effect.reconciled' : 'effect.found'
}

async function tell(tx: Tx, runId: string, action: string, data: Record<string, unknown>): Promise<void> {
  await appendAudit(tx, { runId, actor: ENGINE, action, data })
}

/** For `holdNow`. @throws AppError('lease_lost') when another has the run, or this worker was silent for too long. */
export async function leaseLeft(db: Db, claim: Claim): Promise<number | null> {
  const [row] = await db
    .select({ ms: sql<string | null>`extract(epoch from ${jobs.leaseUntil} - now()) * 1000` })
    .from(jobs)
    .where(and(heldBy(claim), or(isNull(jobs.leaseUntil), gt(jobs.leaseUntil, sql`now()`))))
  if (!row) throw new AppError('lease_lost', 'Another worker has this run now.')
  return row.ms === null ? null : Number(row.ms)
}

/** Guarantees nothing but that this very effect stored it: keys are never shared by two kinds of effect. */
function resultOf<T>(stored: Record<string, unknown>): T {
  return stored as T
}
