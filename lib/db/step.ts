import { and, eq } from 'drizzle-orm'
import { z } from 'zod'
import { gates } from '@/drizzle/schema'
import { categoryOf, type FlowStep } from '@/lib/core/flow'
import type { BeadRecord, RunRecord, StepResult } from '@/lib/core/record'
import { currentTask, type RunState } from '@/lib/core/run'
import { assertBeadTransition, isEnded } from '@/lib/core/status'
import type { Claim, Settlement, Work } from '@/lib/engine/store'
import { AppError } from '@/lib/errors'
import { redacted } from '@/lib/log'
import { auditDocument, canonical, ENGINE } from './audit'
import { callFunction } from './call'
import type { Db, Tx } from './client'
import { eventDocument, eventsAdded } from './events'
import { newId } from './ids'
import { type Transition, transitionDocument } from './transition'

/** Begins the step that a claimed run stands at: see Store. */
export function openBead(db: Db, held: Claim, run: RunRecord): Promise<BeadRecord> {
  const { id: runId, state } = run
  if (state.step === 'end') throw new AppError('illegal_transition', 'The run has ended.')
  const change: Transition | null =
    state.status === 'running'
      ? null
      : {
          runId,
          from: state.status,
          to: { ...state, status: 'running' },
          actor: ENGINE,
          action: state.status === 'queued' ? 'run.began' : 'run.went_on',
          data: {},
          due: 'keep',
          lease: held,
        }
  return callFunction(db, 'devpilot_begin', {
    run: runId,
    ...leaseDocument(held),
    ...(change ? { transition: transitionDocument(change) } : {}),
    open: openDocument(runId, state, state.step),
  }).then(opened)
}

const leaseDocument = ({ jobId, token }: Claim) => ({ lease_job: jobId, lease_token: token })

const beadSchema = z.object({
  id: z.string(),
  seq: z.number(),
  step: z.string(),
  attempt: z.number(),
  resumed: z.boolean(),
  begun: z.number(),
})

const keptSchema = beadSchema.extend({
  budgetMicros: z.number(),
  /** Where the step found another. */
  task: z.custom<RunRecord['task'] | null>(),
  state: z.custom<RunState>(),
})
type Kept = z.infer<typeof keptSchema>

function opened(value: unknown): BeadRecord {
  eventsAdded()
  return beadSchema.parse(value)
}

/** A step's bead as `devpilot_open_bead` takes it, which knows its number and attempt. */
function openDocument(runId: string, state: RunState, step: FlowStep): Record<string, unknown> {
  const task = step === 'coder' || step === 'reviewer' ? currentTask(state) : null
  const action = `${step}.began`
  const skips = skipDocuments(state)
  return {
    id: newId(),
    step,
    name: task ? `${step} · ${task.id} ${task.title}` : step,
    category: categoryOf(step),
    task: task?.id ?? null,
    auditId: newId(),
    said: [runId, ENGINE, action].map(canonical).join(),
    ...(skips.length > 0 ? { skips } : {}),
  }
}

/** Gates that hold nothing back for this target and that the run has passed. */
function skipDocuments(state: RunState): Record<string, unknown>[] {
  const passed = state.skipped.filter((step) => state.flow.indexOf(step) < state.index)
  return passed.map((step) => ({ id: newId(), step, reason: `It does not hold for ${state.target}.` }))
}

/** What a step came to: see Store. */
export async function settle(
  db: Db,
  held: Claim,
  settlement: Settlement,
  keep: { readonly heldMs: number } | undefined,
): Promise<Work | null> {
  const { run, next, result } = settlement
  const { step } = next
  const goesOn = keep && step !== 'end' && goesOnAtOnce(settlement)
  const open = goesOn ? openDocument(run.id, cleanWords(next), step) : null
  const document = settleDocument(held, settlement)
  const kept = keep && open ? { keep: { held: keep.heldMs, turn: TURN_MS, open } } : {}
  const value = await callFunction(db, 'devpilot_settle', { ...document, ...kept })
  eventsAdded()
  return value === null ? null : goneOn(run, result, keptSchema.parse(value))
}

/**
 * As `settle`, by an owner that keeps the run for as long as it goes on, and begins its steps by itself. Done again
 * after it was done, it changes nothing.
 * @returns whether the lease is kept
 */
export async function settleHolding(db: Db, held: Claim, settlement: Settlement): Promise<boolean> {
  const document = settleDocument(held, settlement)
  const keep = goesOnAtOnce(settlement) ? { keep: { held: 0, turn: 1 } } : {}
  const value = await callFunction(db, 'devpilot_settle', { ...document, ...keep })
  eventsAdded()
  return value === true
}

function goesOnAtOnce({ dueInMs, next }: Settlement): boolean {
  return dueInMs === 0 && next.status === 'running' && next.step !== 'end'
}

function settleDocument(held: Claim, settlement: Settlement): Record<string, unknown> {
  const { run, bead, result, dueInMs } = settlement
  // Routed as it was, kept without what looks like a secret.
  const outcome = redacted(result.outcome)
  const next = cleanWords(settlement.next)
  // A bead that is tried again, or waits for money, goes on with the turns it has.
  const goesOn =
    next.step === bead.step && (outcome.kind === 'budget_spent' || outcome.kind === 'error') && !next.ending
  const waits = goesOn || outcome.kind === 'waiting'
  const status = waits ? 'running' : outcome.kind === 'error' ? 'failed' : 'completed'
  if (!waits) assertBeadTransition('running', status)
  const data = { step: bead.step, seq: bead.seq, attempt: bead.attempt, status, outcome: outcome.kind }
  const change = transitionDocument(
    {
      runId: run.id,
      from: 'running',
      to: next,
      actor: ENGINE,
      action: `${bead.step}.${outcome.kind}`,
      data: { seq: bead.seq, outcome, next: next.step, status: next.status },
      due: dueOf(dueInMs, next),
      lease: held,
    },
    patchOf(result),
  )
  const told = eventDocument({ beadId: bead.id, kind: 'bead', data })
  return {
    run: run.id,
    ...leaseDocument(held),
    bead: { id: bead.id, seq: bead.seq, status, waits, outcome, summary: redacted({ ...result.summary }) },
    ...budgetDocument(run, result),
    ...(result.run?.maxActive === undefined ? {} : { max_active: result.run.maxActive }),
    ...(next.step === 'end' ? { skips: skipDocuments(next) } : {}),
    transition: {
      ...change,
      // Steps that open none leave none open.
      ...(bead.step.startsWith('gate:') || isEnded(next.status) ? {} : { gates: 'none' }),
      events: [told, ...listOf(change.events)],
    },
  }
}

/** How long a worker may keep a run while others wait: short steps in a row are not sent through the queue. */
const TURN_MS = 1_000

function dueOf(dueInMs: number | null, { status }: RunState): Transition['due'] {
  if (status === 'waiting_gate') return 'gate'
  return dueInMs === null ? null : { inMs: dueInMs }
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/**
 * The run as the settlement left it. What is kept as JSON comes from the database, where the order of its keys is
 * another: a step must get the same whether its worker went on or another took the run over.
 */
function goneOn(run: RunRecord, result: StepResult, kept: Kept): Work {
  const { branch = run.branch, baseSha = run.baseSha, headSha = run.headSha } = result.run ?? {}
  const { budgetMicros, task, state, ...bead } = kept
  const asked = task === null ? {} : { task, title: task.title }
  return { run: { ...run, branch, baseSha, headSha, budgetMicros, state, ...asked }, bead }
}

/** A state's words about how it ended or why it waits, redacted; what decides its way stays as it is. */
export function cleanWords(state: RunState): RunState {
  const { error, ending, pause } = state
  return { ...state, ...redacted({ error, ending, ...(pause === undefined ? {} : { pause }) }) }
}

/** The repository's sum for one run, which counts unless a person named another. */
function budgetDocument(run: RunRecord, result: StepResult): Record<string, unknown> {
  const micros = result.run?.perRunMicros
  if (micros === undefined) return {}
  const data = { budgetMicros: { was: run.budgetMicros, is: micros }, place: 'budget.per_run_usd' }
  const audit = [auditDocument(run.id, { actor: ENGINE, action: 'run.budget_set', data })]
  return { budget: { micros, audit } }
}

function patchOf(result: StepResult): Record<string, unknown> | undefined {
  if (!result.run) return undefined
  const { branch, baseSha, headSha, score, task } = result.run
  return { branch, baseSha, headSha, score, task }
}

/** When the open gate of a run lapses; null: never, or there is none. */
export async function gateExpiry(tx: Db | Tx, runId: string): Promise<{ at: Date } | null> {
  const [gate] = await tx
    .select({ expiresAt: gates.expiresAt })
    .from(gates)
    .where(and(eq(gates.runId, runId), eq(gates.status, 'waiting')))
  return gate?.expiresAt ? { at: gate.expiresAt } : null
}
