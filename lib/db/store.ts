import { and, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import { beads, gates, jobs, repositories, runs } from '@/drizzle/schema'
import { categoryOf, type FlowStep } from '@/lib/core/flow'
import type { BeadRecord, RunRecord, StepResult } from '@/lib/core/record'
import { currentTask, type RunState } from '@/lib/core/run'
import { assertBeadTransition } from '@/lib/core/status'
import type { Claim, Settlement, Store, Work } from '@/lib/engine/store'
import { AppError } from '@/lib/errors'
import { redacted } from '@/lib/log'
import { auditDocument, canonical } from './audit'
import { callFunction, toJson } from './call'
import { type Db, firstRow, type Tx } from './client'
import { appendEvents, eventDocument, eventsAdded } from './events'
import { newId } from './ids'
import { assertLease, heldBy, type Transition, transition, transitionDocument } from './transition'

const ENGINE = { kind: 'system', id: 'engine', name: 'DevPilot' } as const

/** How many runs may be worked on at once by all workers together; absent: as many as they can. */
export interface Caps {
  readonly maxActive?: number | undefined
  /** Where `repositories.max_active` says nothing else. */
  readonly maxActivePerRepository?: number | undefined
}

/** The engine's store on Postgres or PGlite. */
export function createStore(db: Db, caps: Caps = {}): Store {
  return {
    claim: (input) => claim(db, caps, input),
    heartbeat: (held, leaseMs) => heartbeat(db, held, leaseMs),
    putOff: (held, inMs) => putOff(db, held, inMs),
    handBack: (held) => db.transaction((tx) => handBack(tx, held)),
    giveUp: (held, run, next) => db.transaction((tx) => giveUp(tx, held, run, next)),
    load: (held) => load(db, held),
    openBead: (held, run) => openBead(db, held, run),
    settle: (held, settlement, keep) => settle(db, held, settlement, keep),
    lapse: (held, run, next) => db.transaction((tx) => lapse(tx, held, run, next)),
    async nextDueInMs() {
      const row = firstRow(
        await db.execute(sql`
          select extract(epoch from least(
            (select min(due_at) from jobs where state = 'delayed'),
            (select min(lease_until) from jobs where state = 'leased')
          ) - now()) * 1000 as ms`),
      )
      // Not greatest(0, …) in SQL: it passes over NULL, and a worker with nothing to do would never sleep.
      return row?.ms === null || row?.ms === undefined ? null : Math.max(0, Math.ceil(Number(row.ms)))
    },
  }
}

async function claim(db: Db, caps: Caps, input: Parameters<Store['claim']>[0]): Promise<Claim | null> {
  const { owner, leaseMs } = input
  const lease = leaseMs === null ? null : interval(leaseMs)
  const { maxActive, maxActivePerRepository: each } = caps
  const row = firstRow(
    await db.execute(
      sql`select * from devpilot_claim(${owner}, ${lease}::interval, ${maxActive ?? null}, ${each ?? null})`,
    ),
  )
  if (!row) return null
  const { job_id: jobId, run_id: runId, lease_token: token, failures } = row
  return {
    jobId: String(jobId),
    runId: String(runId),
    token: Number(token),
    owner,
    failures: Number(failures),
  }
}

/** For Postgres: so many milliseconds. */
const interval = (ms: number): string => `${ms} milliseconds`

async function heartbeat(db: Db, held: Claim, leaseMs: number): Promise<void> {
  const updated = await db
    .update(jobs)
    .set({ leaseUntil: sql`now() + ${interval(leaseMs)}::interval` })
    .where(heldBy(held))
    .returning({ id: jobs.id })
  if (updated.length === 0) throw new AppError('lease_lost', 'Another worker has this run now.')
}

const free = { leaseOwner: null, leaseUntil: null } as const

async function putOff(db: Db, held: Claim, inMs: number): Promise<void> {
  const dueAt = sql`now() + ${interval(inMs)}::interval`
  await db
    .update(jobs)
    .set({ ...free, state: 'delayed', dueAt, failures: sql`${jobs.failures} + 1` })
    .where(heldBy(held))
}

async function handBack(tx: Tx, held: Claim): Promise<void> {
  await assertLease(tx, held)
  await tx
    .update(beads)
    .set({ begun: 0 })
    .where(and(eq(beads.runId, held.runId), eq(beads.status, 'running')))
  await tx
    .update(jobs)
    .set({ ...free, state: 'ready', dueAt: sql`now()` })
    .where(heldBy(held))
}

async function giveUp(tx: Tx, held: Claim, run: RunRecord, next: RunState): Promise<void> {
  await assertLease(tx, held)
  const { id: runId, state } = run
  const to = cleanWords(next)
  const common = { runId, actor: ENGINE, lease: held }
  const data = { error: to.error }
  if (state.status === 'queued') {
    const running: RunState = { ...state, status: 'running' }
    await transition(tx, {
      ...common,
      from: 'queued',
      to: running,
      action: 'run.began',
      data: {},
      due: 'keep',
    })
  }
  const from = state.status === 'queued' ? 'running' : state.status
  await tx
    .update(beads)
    .set({ status: 'failed', endedAt: sql`now()` })
    .where(and(eq(beads.runId, runId), eq(beads.status, 'running')))
  await transition(tx, { ...common, from, to, action: 'run.given_up', data, due: null })
}

async function load(db: Db, held: Claim): Promise<RunRecord> {
  const [row] = await db
    .select({ run: runs, repository: repositories })
    .from(runs)
    .innerJoin(repositories, eq(repositories.id, runs.repositoryId))
    .where(eq(runs.id, held.runId))
  if (!row?.run.state) throw new AppError('not_found', `The run ${held.runId} is gone.`)
  const { run, repository } = row
  const { id, flow, trigger, title, task, overrides, requestedBy, budgetMicros, branch, baseSha, headSha } =
    run
  const state = row.run.state
  return {
    id,
    flow,
    trigger,
    title,
    task,
    overrides,
    requestedBy,
    budgetMicros,
    branch,
    baseSha,
    headSha,
    state,
    repository,
  }
}

function openBead(db: Db, held: Claim, run: RunRecord): Promise<BeadRecord> {
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

const keptSchema = beadSchema.extend({ budget: z.number() })

function opened(value: unknown): BeadRecord {
  eventsAdded()
  return beadSchema.parse(value)
}

/** A step's bead as `devpilot_open_bead` takes it, which knows its number and attempt. */
function openDocument(runId: string, state: RunState, step: FlowStep): Record<string, unknown> {
  const task = step === 'coder' || step === 'reviewer' ? currentTask(state) : null
  const action = `${step}.began`
  return {
    id: newId(),
    step,
    name: task ? `${step} · ${task.id} ${task.title}` : step,
    category: categoryOf(step),
    task: task?.id ?? null,
    actor: ENGINE,
    auditId: newId(),
    said: [runId, ENGINE, action].map(canonical).join(),
    skips: skipDocuments(state),
  }
}

/** Gates that hold nothing back for this target and that the run has passed. */
function skipDocuments(state: RunState): Record<string, unknown>[] {
  const passed = state.skipped.filter((step) => state.flow.indexOf(step) < state.index)
  return passed.map((step) => ({ id: newId(), step, reason: `It does not hold for ${state.target}.` }))
}

async function settle(
  db: Db,
  held: Claim,
  settlement: Settlement,
  keep: { readonly heldMs: number } | undefined,
): Promise<Work | null> {
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
      due: dueOf(dueInMs, next.status === 'waiting_gate' ? await gateExpiry(db, run.id) : null),
      lease: held,
    },
    patchOf(result),
  )
  const told = eventDocument({ beadId: bead.id, kind: 'bead', data })
  const keeps = keep !== undefined && dueInMs === 0 && next.status === 'running' && next.step !== 'end'
  const value = await callFunction(db, 'devpilot_settle', {
    run: run.id,
    ...leaseDocument(held),
    bead: { id: bead.id, seq: bead.seq, status, waits, outcome, summary: redacted({ ...result.summary }) },
    ...budgetDocument(run, result),
    ...(result.run?.maxActive === undefined ? {} : { max_active: result.run.maxActive }),
    ...(next.step === 'end' ? { skips: skipDocuments(next) } : {}),
    transition: { ...change, events: [told, ...listOf(change.events)] },
    ...(keeps && next.step !== 'end'
      ? { keep: { held: keep.heldMs, turn: TURN_MS, open: openDocument(run.id, next, next.step) } }
      : {}),
  })
  eventsAdded()
  if (value === null) return null
  const { budget, ...opened } = keptSchema.parse(value)
  return { run: { ...patched(run, result, next), budgetMicros: budget }, bead: opened }
}

/** How long a worker may keep a run while others wait: short steps in a row are not sent through the queue. */
const TURN_MS = 1_000

function dueOf(dueInMs: number | null, gate: { at: Date } | null): { inMs: number } | { at: Date } | null {
  if (gate) return gate
  return dueInMs === null ? null : { inMs: dueInMs }
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** The run as the settlement left it in the database. */
function patched(run: RunRecord, result: StepResult, next: RunState): RunRecord {
  const {
    task,
    merged: _merged,
    score: _score,
    perRunMicros: _micros,
    maxActive: _cap,
    ...columns
  } = result.run ?? {}
  return {
    ...run,
    ...columns,
    ...(task === undefined ? {} : { task, title: task.title }),
    state: JSON.parse(toJson(next)),
  }
}

/** A state's words about how it ended or why it waits, redacted; what decides its way stays as it is. */
function cleanWords(state: RunState): RunState {
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

function patchOf(result: StepResult): Record<string, unknown> {
  const { branch, baseSha, headSha, score, task } = result.run ?? {}
  return { branch, baseSha, headSha, score, task }
}

async function gateExpiry(tx: Db | Tx, runId: string): Promise<{ at: Date } | null> {
  const [gate] = await tx
    .select({ expiresAt: gates.expiresAt })
    .from(gates)
    .where(and(eq(gates.runId, runId), eq(gates.status, 'waiting')))
  return gate?.expiresAt ? { at: gate.expiresAt } : null
}

async function lapse(tx: Tx, held: Claim, run: RunRecord, next: RunState): Promise<void> {
  await assertLease(tx, held)
  const [gate] = await tx
    .select()
    .from(gates)
    .where(and(eq(gates.runId, run.id), eq(gates.status, 'waiting')))
    .for('update')
  const waits = next.status === 'waiting_gate'
  const lapsesAgain = waits && !next.gate?.overdue && gate?.policy.timeoutHours
  const expiresAt = lapsesAgain ? sql`now() + ${`${gate.policy.timeoutHours} hours`}::interval` : null
  if (gate) {
    await tx
      .update(gates)
      .set(waits ? { overdue: true, expiresAt } : { status: 'lapsed', closedAt: sql`now()` })
      .where(eq(gates.id, gate.id))
  }
  const policy = gate?.policy.onTimeout ?? 'block'
  if (gate) {
    const data = { gate: gate.name, id: gate.id, status: waits ? 'overdue' : 'lapsed', on_timeout: policy }
    await appendEvents(tx, [{ runId: run.id, beadId: gate.beadId, kind: 'gate', data }])
  }
  const due = waits ? await gateExpiry(tx, run.id) : { inMs: 0 }
  await transition(tx, {
    runId: run.id,
    from: 'waiting_gate',
    to: next,
    actor: ENGINE,
    action: 'gate.timeout',
    data: { gate: gate?.name ?? null, on_timeout: policy, next: next.step, status: next.status },
    due: next.status === 'running' || waits ? due : null,
    lease: held,
  })
  if (!waits) await closeGateBead(tx, run.id)
}

/** The bead of a gate ends when the gate does, whoever decided it. */
export async function closeGateBead(tx: Tx, runId: string): Promise<void> {
  await tx
    .update(beads)
    .set({ status: 'completed', endedAt: sql`now()` })
    .where(and(eq(beads.runId, runId), eq(beads.category, 'gate'), eq(beads.status, 'running')))
}
