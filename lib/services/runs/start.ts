import { sql } from 'drizzle-orm'
import type { z } from 'zod'
import { budgetAccounts, jobs, runs } from '@/drizzle/schema'
import { defaultLimits } from '@/lib/core/limits'
import { initialState } from '@/lib/core/run'
import { appendAudit } from '@/lib/db/audit'
import type { Tx } from '@/lib/db/client'
import { appendEvents } from '@/lib/db/events'
import { newId } from '@/lib/db/ids'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import { findOrAdd } from '../repositories/add'
import type { RunSummary } from '../views'
import { assertRecordings } from './recordings'
import {
  DEFAULT_BUDGET_USD,
  overridesOf,
  type StartRun,
  startRunInput,
  taskOf,
  toMicros,
} from './start-input'
import { findRunSummary } from './summary'

/**
 * Asks for a run: its row, its job, its budget, the audit entry and the first event are one transaction, then the
 * worker is woken. What the repository is and whether it can be worked on is found out by the step `prepare`.
 * @throws AppError('bad_request' | 'not_found' | 'repository_unusable')
 */
export async function startRun({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof startRunInput>
}): Promise<RunSummary> {
  authorise(ctx, 'trigger')
  const wanted = parseInput(startRunInput, input)
  assertRecordings(ctx, wanted.overrides)
  const summary = await ctx.db.transaction(async (tx) => {
    const id = await insertRun(tx, ctx, wanted)
    const made = await findRunSummary(tx, id)
    if (!made) throw new AppError('internal', 'A run was made and then was not there.')
    return made
  })
  ctx.wake()
  return summary
}

/** As `startRun`, in the caller's transaction and without its authorisation. Returns the run's id. */
export async function insertRun(tx: Tx, ctx: ServiceContext, input: StartRun): Promise<string> {
  const id = newId()
  const task = taskOf(input)
  const overrides = overridesOf(input)
  const repository = await findOrAdd(tx, ctx, input.repository)
  const state = initialState(defaultLimits)
  const budgetMicros = toMicros(input.budgetUsd ?? DEFAULT_BUDGET_USD)
  await tx.insert(runs).values({
    id,
    repositoryId: repository.id,
    flow: input.flow,
    trigger: input.trigger,
    title: task.title,
    task,
    status: state.status,
    step: state.step,
    state,
    overrides,
    requestedBy: ctx.actor,
    target: overrides.target ?? null,
    budgetMicros,
    budgetGiven: input.budgetUsd !== undefined,
  })
  const job = { runId: id, repositoryId: repository.id, priority: input.priority, dueAt: sql`now()` }
  await tx.insert(jobs).values({ id: newId(), kind: 'run', key: `run:${id}`, ...job })
  await tx.insert(budgetAccounts).values({ key: `run:${id}`, limitMicros: budgetMicros })
  const { flow, trigger } = input
  const said = { repository: repository.name, flow, trigger, title: task.title, budgetMicros }
  await appendAudit(tx, { runId: id, actor: ctx.actor, action: 'run.started', data: said })
  const data = { status: state.status, step: state.step, detail: 'Asked for.', ready: true }
  await appendEvents(tx, [{ runId: id, beadId: null, kind: 'run', data }])
  return id
}
