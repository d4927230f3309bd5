import { eq, sql } from 'drizzle-orm'
import type { z } from 'zod'
import { budgetAccounts, jobs, runs } from '@/drizzle/schema'
import { branchName } from '@/lib/core/branch'
import { formatMicros } from '@/lib/core/budget'
import { type ForkPlace, type ForkStart, forkStart } from '@/lib/core/fork'
import { defaultLimits } from '@/lib/core/limits'
import type { PromptName } from '@/lib/core/names'
import { initialState, type RunState } from '@/lib/core/run'
import { appendAudit } from '@/lib/db/audit'
import { type Db, sha256, type Tx } from '@/lib/db/client'
import { appendEvents } from '@/lib/db/events'
import { newId } from '@/lib/db/ids'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import { findRepository } from '../repositories/find'
import { isAlone } from '../users/people'
import type { RunSummary } from '../views'
import { type Copied, copyRecord } from './fork-copy'
import { type ForkReaders, type ForkRun, forkOverrides, forkRunInput } from './fork-input'
import { forkPlace } from './fork-place'
import { noRun } from './get'
import { holdLine } from './hold'
import { madeOnce } from './made-once'
import { toMicros } from './start-input'
import type { RunRow } from './summary'

/**
 * A new run that begins where another one was, with another prompt, model or configuration, on a branch of its own.
 * What the other had on record up to there is taken over, so that nothing paid for is asked again; it is not touched
 * itself, and may still be running: its past is fixed.
 * @param readers see ForkReaders; what they refuse is said before anything is made
 * @param id see `madeOnce`
 * @throws AppError('not_found' | 'bad_request' | 'bad_config' | 'forbidden' | 'illegal_transition' | 'unprocessable')
 */
export async function forkRun({
  ctx,
  input,
  readers,
  id,
}: {
  ctx: ServiceContext
  input: z.input<typeof forkRunInput>
  readers: ForkReaders
  id?: string | undefined
}): Promise<RunSummary> {
  authorise(ctx, 'trigger')
  const wanted = parseInput(forkRunInput, input)
  if (wanted.turn !== undefined && wanted.at === undefined) {
    throw new AppError('bad_request', 'turn: it is not said of which step or bead.', {
      place: 'turn',
      mend: 'Give `at`, too.',
    })
  }
  for (const [name, text] of Object.entries(wanted.prompts ?? {})) readers.prompt(promptName(name), text)
  const limits = wanted.config === undefined ? undefined : readers.limits(wanted.config)
  return madeOnce(ctx, id, async (fork) => {
    await assertModels(ctx, wanted, readers)
    // One view of the original, whatever a worker adds to it meanwhile.
    await ctx.db.transaction(
      async (tx) => {
        // What the fork stands on is swept before its row is there, or not at all.
        await holdLine(tx, wanted.run)
        await insertFork(tx, ctx, { id: fork, wanted, limits })
      },
      { isolationLevel: 'repeatable read' },
    )
  })
}

/**
 * A fork that names no model which can be asked says so now, not at its first turn. One that begins anew says it at
 * `prepare`, by the configuration that it finds there.
 */
async function assertModels(ctx: ServiceContext, wanted: ForkRun, readers: ForkReaders): Promise<void> {
  const { run, at, provider, model, models, config } = wanted
  if (at === undefined || [provider, model, models, config].every((one) => one === undefined)) return
  const { baseSha, repositoryId, state, overrides: before } = await originalOf(ctx.db, run)
  const overrides = forkOverrides(before, wanted)
  if (baseSha === null || overrides.recording !== undefined) return
  const { source, forge } = await findRepository(ctx.db, repositoryId)
  const repository = { source, forge }
  await readers.models({ home: ctx.home, repository, baseSha, flow: state.flow, overrides, wanted })
}

/** Guaranteed by the schema, whose keys `Object.entries` forgets. */
const promptName = (name: string) => name as PromptName

interface NewFork {
  readonly id: string
  readonly wanted: ForkRun
  readonly limits: ForkStart['state']['limits'] | undefined
}

async function insertFork(tx: Tx, ctx: ServiceContext, { id, wanted, limits }: NewFork): Promise<void> {
  const original = await originalOf(tx, wanted.run)
  const place =
    wanted.at === undefined ? null : await forkPlace(tx, wanted.run, { at: wanted.at, turn: wanted.turn })
  const start: ForkStart =
    place === null || place.bead.step === 'prepare'
      ? { state: initialState(defaultLimits), passed: [] }
      : forkStart({
          before: place.before,
          withTurns: place.turns.length > 0,
          mayInherit: ctx.singleUser && (await isAlone(tx, ctx.actor.id)),
          ...(limits ? { limits } : {}),
        })
  const state = { ...start.state, status: 'queued' as const }
  const headSha = place?.headSha ?? null
  const begun = headSha !== null && place !== null && place.bead.step !== 'prepare'
  const at: ForkPlace = {
    bead: place?.bead.id ?? null,
    seq: place?.bead.seq ?? 0,
    step: place?.bead.step ?? 'prepare',
    turn: wanted.turn ?? null,
    headSha: begun ? headSha : null,
  }
  const overrides = forkOverrides(original.overrides, wanted)
  const budgetMicros = wanted.budgetUsd === undefined ? original.budgetMicros : toMicros(wanted.budgetUsd)
  const { repositoryId, flow, trigger, title, task } = original
  await tx.insert(runs).values({
    id,
    repositoryId,
    flow,
    trigger,
    title,
    task,
    status: state.status,
    step: state.step,
    state,
    overrides,
    requestedBy: ctx.actor,
    target: state.target || (overrides.target ?? null),
    branch: begun ? branchName({ id, title, flow }) : null,
    baseSha: begun ? original.baseSha : null,
    headSha: begun ? headSha : null,
    budgetMicros,
    budgetGiven: wanted.budgetUsd !== undefined || original.budgetGiven,
    forkOf: original.id,
    forkedAt: at,
  })
  const [job] = await tx.select({ priority: jobs.priority }).from(jobs).where(eq(jobs.runId, original.id))
  const priority = job?.priority ?? 0
  await tx.insert(jobs).values({
    id: newId(),
    kind: 'run',
    key: `run:${id}`,
    runId: id,
    repositoryId,
    priority,
    dueAt: sql`now()`,
  })
  await tx.insert(budgetAccounts).values({ key: `run:${id}`, limitMicros: budgetMicros })
  const copied = begun ? await copyRecord(tx, id, place, start.state) : nothing
  if (begun) await tx.update(runs).set({ score: copied.score }).where(eq(runs.id, id))
  await say(tx, ctx, { id, wanted, original, at, start, copied, budgetMicros })
}

const nothing: Copied = { beads: 0, turns: 0, costMicros: 0, score: null }

type Original = RunRow & { readonly repositoryId: string; readonly state: RunState }

async function originalOf(tx: Db | Tx, id: string): Promise<Original> {
  const [row] = await tx.select().from(runs).where(eq(runs.id, id))
  if (!row) throw noRun(id)
  const { repositoryId, state } = row
  if (state === null || repositoryId === null) {
    throw new AppError('illegal_transition', 'This run was only reported here; it cannot be forked.', {
      place: 'run',
      mend: 'Start a run with the same task: `devpilot run --task "…"`.',
    })
  }
  // One that is removed while the fork is being made fails it: its key is part of the fork's row.
  await findRepository(tx, repositoryId)
  return { ...row, repositoryId, state }
}

interface Said {
  readonly id: string
  readonly wanted: ForkRun
  readonly original: RunRow
  readonly at: ForkPlace
  readonly start: ForkStart
  readonly copied: Copied
  readonly budgetMicros: number
}

async function say(tx: Tx, ctx: ServiceContext, said: Said): Promise<void> {
  const { id, wanted, original, at, start, copied, budgetMicros } = said
  const { provider, model, models, prompts, config } = wanted
  const hashes = Object.entries(prompts ?? {}).map(([name, text]) => [name, sha256(text).slice(0, 12)])
  const data = {
    fork_of: original.id,
    at,
    begins_at: start.state.step,
    taken: copied,
    budgetMicros,
    reason: wanted.reason ?? null,
    changed: {
      ...(provider === undefined ? {} : { provider }),
      ...(model === undefined ? {} : { model }),
      ...(models === undefined ? {} : { models }),
      ...(prompts === undefined ? {} : { prompts: Object.fromEntries(hashes) }),
      ...(config === undefined ? {} : { config: sha256(config) }),
    },
    // Their approval was given for the original; the one user of an installation lets it hold.
    ...(start.passed.length > 0 ? { passed: start.passed, single_user: true } : {}),
  }
  await appendAudit(tx, { runId: id, actor: ctx.actor, action: 'run.forked', data })
  const where = placeText(at)
  const detail = `Forked from ${original.id}${where}.`
  const worth = copied.costMicros > 0 ? `, worth ${formatMicros(copied.costMicros)}` : ''
  const text = `${detail} Taken over: ${copied.beads} steps and ${copied.turns} turns${worth}.`
  await appendEvents(tx, [
    {
      runId: id,
      beadId: null,
      kind: 'run',
      data: { status: 'queued', step: start.state.step, detail, ready: true },
    },
    { runId: id, beadId: null, kind: 'log', data: { text } },
  ])
}

function placeText({ bead, step, seq, turn }: ForkPlace): string {
  if (bead === null) return ''
  return ` at ${step} (bead ${seq})${turn === null ? '' : `, turn ${turn}`}`
}
