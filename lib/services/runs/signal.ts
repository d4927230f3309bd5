import { and, eq, inArray, sql } from 'drizzle-orm'
import { z } from 'zod'
import { beads, budgetAccounts, runs } from '@/drizzle/schema'
import { formatMicros } from '@/lib/core/budget'
import type { ReviewComment } from '@/lib/core/review'
import type { RunState } from '@/lib/core/run'
import { applySignal, type Signal } from '@/lib/core/signal'
import { isEnded } from '@/lib/core/status'
import { takesWishes } from '@/lib/core/wishes'
import type { Tx } from '@/lib/db/client'
import { transition } from '@/lib/db/transition'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { wishesOf } from '../gates/wishes'
import { parseInput } from '../parse'
import { holdRepository } from '../repositories/find'
import type { RunSummary } from '../views'
import { noRun } from './get'
import { type HeldRun, holdRun } from './hold'
import { reopenBead } from './reopen'
import { budgetUsd, toMicros } from './start-input'
import { findRunSummary } from './summary'

const common = {
  run: z.uuid(),
  /** Why; kept in the audit log. */
  reason: z.string().trim().min(1).max(2_000).optional(),
}
/** The step that the run is thought to stand at: where it stands elsewhere by now, nothing is done. */
const step = z.string().max(100).optional()

/** One schema a kind, so that each route takes what belongs to it and nothing else. */
export const cancelRunInput = z.strictObject({ ...common })
export const retryRunInput = z.strictObject({
  ...common,
  step,
  /** The step to begin again at; without it the one that failed. */
  from: z.string().max(100).optional(),
})
export const skipStepInput = z.strictObject({ ...common, step })
export const resumeRunInput = z.strictObject({
  ...common,
  /** What the run may spend from now on, in all and not in addition. */
  budgetUsd: budgetUsd.optional(),
})
export const signalRunInput = z.discriminatedUnion('kind', [
  cancelRunInput.extend({ kind: z.literal('cancel') }),
  retryRunInput.extend({ kind: z.literal('retry') }),
  skipStepInput.extend({ kind: z.literal('skip') }),
  resumeRunInput.extend({ kind: z.literal('resume') }),
])
type Input = z.output<typeof signalRunInput>

const actions = {
  cancel: 'run.cancelled',
  retry: 'run.retried',
  skip: 'run.step_skipped',
  resume: 'run.resumed',
} as const satisfies Record<Signal['kind'], string>

/**
 * What a person does to a run: cancel it, retry it from a step, skip its step, or raise its budget and let it go
 * on. A retry of the very step that an error ended goes on with what its model has said already; one of a change that
 * people rejected, from the planner or the coder, takes along what they said of it. A worker that has the run loses its lease. Audited with who, why and what it replaced.
 * @throws AppError('not_found' | 'illegal_transition' | 'bad_request' | 'conflict')
 */
export async function signalRun({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof signalRunInput>
}): Promise<RunSummary> {
  authorise(ctx, 'trigger')
  const signal = parseInput(signalRunInput, input)
  const summary = await ctx.db.transaction(async (tx) => {
    const held = await holdRun(tx, signal.run)
    const [to, said] = await stateAfter(tx, held, signal)
    const { repositoryId } = held.run
    // One that has ended begins anew: not in a repository that was removed meanwhile.
    if (isEnded(held.run.status) && repositoryId !== null) await holdRepository(tx, repositoryId)
    checkStep(held.state, signal)
    const budget = signal.kind === 'resume' ? await raiseBudget(tx, held, signal) : {}
    const { status, step, error, ending } = held.state
    // A run that waited for money goes on in the bead it stands at, with the turns that it has.
    if (signal.kind !== 'resume') await leaveBeads(tx, signal.run)
    const again = signal.kind === 'retry' && signal.from === undefined ? await reopenBead(tx, held) : {}
    await transition(tx, {
      runId: signal.run,
      from: held.run.status,
      to,
      actor: ctx.actor,
      action: actions[signal.kind],
      data: {
        reason: signal.reason ?? null,
        from: fromOf(signal),
        replaced: { status, step, error, ending },
        ...budget,
        ...again,
        ...(said.length === 0 ? {} : { said }),
      },
      due: isEnded(to.status) ? null : { inMs: 0 },
    })
    return findRunSummary(tx, signal.run)
  })
  if (!summary) throw noRun(signal.run)
  ctx.wake(signal.run)
  return summary
}

const fromOf = (signal: Input): string | null => (signal.kind === 'retry' ? (signal.from ?? null) : null)

/** @throws AppError('conflict') when the run has gone on since somebody looked at it. */
function checkStep({ step }: RunState, signal: Input): void {
  if (!('step' in signal) || signal.step === undefined || signal.step === step) return
  throw new AppError('conflict', `The run stands at ${step} and no longer at ${signal.step}.`, {
    place: 'step',
    mend: 'Look at the run, then ask again.',
  })
}

/**
 * The state that the signal leads to. A change that people rejected goes back with what they said of it, where it begins
 * again at a step that can do something about it.
 */
async function stateAfter(
  tx: Tx,
  { run, state }: HeldRun,
  signal: Input,
): Promise<[RunState, ReviewComment[]]> {
  if (signal.kind !== 'retry') return [applySignal(state, { kind: signal.kind }), []]
  const retry = { kind: 'retry', ...(signal.from === undefined ? {} : { from: signal.from }) } as const
  const to = applySignal(state, retry)
  if (state.status !== 'rejected' || !takesWishes(to.step)) return [to, []]
  const said = await wishesOf(tx, run.id, signal.reason)
  return [applySignal(state, { ...retry, said }), said]
}

/** The attempt that was under way is over: its worker can no longer write. */
async function leaveBeads(tx: Tx, runId: string): Promise<void> {
  await tx
    .update(beads)
    .set({ status: 'skipped', endedAt: sql`now()` })
    .where(and(eq(beads.runId, runId), inArray(beads.status, ['pending', 'running'])))
}

/** The run's new budget, in its row and in its account of the ledger. */
async function raiseBudget(
  tx: Tx,
  { run }: HeldRun,
  signal: Extract<Input, { kind: 'resume' }>,
): Promise<Record<string, unknown>> {
  if (signal.budgetUsd === undefined) return {}
  const key = `run:${run.id}`
  const limitMicros = toMicros(signal.budgetUsd)
  const [account] = await tx.select().from(budgetAccounts).where(eq(budgetAccounts.key, key)).for('update')
  const spent = account ? account.spentMicros + account.reservedMicros : run.costMicros
  if (limitMicros <= spent) {
    throw new AppError('bad_request', `budgetUsd: ${formatMicros(spent)} are spent already.`, {
      place: 'budgetUsd',
      mend: 'Give a sum over that; it is the budget in all, not in addition.',
    })
  }
  await tx.update(runs).set({ budgetMicros: limitMicros, budgetGiven: true }).where(eq(runs.id, run.id))
  await tx
    .insert(budgetAccounts)
    .values({ key, limitMicros })
    .onConflictDoUpdate({ target: budgetAccounts.key, set: { limitMicros } })
  return { budgetMicros: { was: run.budgetMicros, is: limitMicros } }
}
