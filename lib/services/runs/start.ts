import type { z } from 'zod'
import { defaultLimits } from '@/lib/core/limits'
import { initialState } from '@/lib/core/run'
import { auditDocument } from '@/lib/db/audit'
import { callFunction } from '@/lib/db/call'
import type { Db, Tx } from '@/lib/db/client'
import { eventDocument, eventsAdded } from '@/lib/db/events'
import { newId } from '@/lib/db/ids'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import { findKnown, findOrAdd, type RepositoryRow } from '../repositories/add'
import { parseRepository } from '../repositories/spec'
import type { RunSummary } from '../views'
import { madeOnce } from './made-once'
import { assertRecordings } from './recordings'
import {
  type AskedRun,
  DEFAULT_BUDGET_USD,
  overridesOf,
  type StartRun,
  startRunInput,
  taskOf,
  toMicros,
} from './start-input'

/** Looks for what the run would fail at at once. @throws AppError with place and mend: then no run is made */
export type CheckStart = (
  wanted: StartRun,
  repository: Pick<RepositoryRow, 'forge' | 'source'>,
) => Promise<void>

/**
 * Asks for a run: its row, its job, its budget, the audit entry and the first event are one transaction, then the
 * worker is woken. What `check` does not look at is found out by the step `prepare`.
 * @param id see `madeOnce`
 * @throws AppError('bad_request' | 'not_found' | 'repository_unusable')
 */
export async function startRun({
  ctx,
  input,
  check,
  id,
}: {
  ctx: ServiceContext
  input: z.input<typeof startRunInput>
  check?: CheckStart
  id?: string | undefined
}): Promise<RunSummary> {
  authorise(ctx, 'trigger')
  const wanted = parseInput(startRunInput, input)
  assertRecordings(ctx, wanted.overrides)
  return madeOnce(ctx, id, async (run) => {
    const known = await findKnown(ctx.db, wanted.repository)
    await check?.(wanted, known ?? parseRepository(wanted.repository))
    if (known) await addRun(ctx.db, ctx, { run, input: wanted, repository: known })
    else await ctx.db.transaction((tx) => insertRun(tx, ctx, wanted, run))
  })
}

/** As `startRun`, in the caller's transaction and without its authorisation. Returns the run's id. */
export async function insertRun(
  tx: Tx,
  ctx: ServiceContext,
  input: AskedRun,
  run = newId(),
): Promise<string> {
  await addRun(tx, ctx, { run, input, repository: await findOrAdd(tx, ctx, input.repository) })
  return run
}

interface NewRun {
  readonly run: string
  readonly input: AskedRun
  readonly repository: RepositoryRow
}

/** The run with all that belongs to it, in one call. */
async function addRun(db: Db | Tx, ctx: ServiceContext, { run, input, repository }: NewRun): Promise<void> {
  const task = taskOf(input)
  const state = initialState(defaultLimits)
  const { flow, trigger, priority } = input
  const budgetMicros = toMicros(input.budgetUsd ?? DEFAULT_BUDGET_USD)
  const said = { repository: repository.name, flow, trigger, title: task.title, budgetMicros }
  const data = { status: state.status, step: state.step, detail: 'Asked for.', ready: true }
  await callFunction(db, 'devpilot_start', {
    run,
    job: newId(),
    repository: repository.id,
    flow,
    trigger,
    task,
    state,
    overrides: overridesOf(input),
    requestedBy: ctx.actor,
    priority,
    budgetMicros,
    budgetGiven: input.budgetUsd !== undefined,
    audit: [auditDocument(run, { actor: ctx.actor, action: 'run.started', data: said })],
    events: [eventDocument({ beadId: null, kind: 'run', data })],
  })
  eventsAdded()
}
