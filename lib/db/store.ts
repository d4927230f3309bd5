import { and, asc, desc, eq, inArray, ne, sql } from 'drizzle-orm'
import { beads, budgetAccounts, gates, jobs, repositories, runs } from '@/drizzle/schema'
import { categoryOf, type FlowStep } from '@/lib/core/flow'
import type { BeadRecord, RunRecord } from '@/lib/core/record'
import { currentTask, type RunState } from '@/lib/core/run'
import { assertBeadTransition } from '@/lib/core/status'
import type { Claim, Settlement, Store } from '@/lib/engine/store'
import { AppError } from '@/lib/errors'
import { redacted } from '@/lib/log'
import { appendAudit } from './audit'
import { type Db, firstRow, type Tx } from './client'
import { appendEvents } from './events'
import { newId } from './ids'
import { settleOrphans } from './ledger'
import { assertLease, heldBy, transition } from './transition'

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
    openBead: (held, run) => db.transaction((tx) => openBead(tx, held, run)),
    settle: (held, settlement) => db.transaction((tx) => settle(tx, held, settlement)),
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
    forkedAt: run.forkedAt,
  }
}

async function openBead(tx: Tx, held: Claim, run: RunRecord): Promise<BeadRecord> {
  await assertLease(tx, held)
  const { state } = run
  if (state.step === 'end') throw new AppError('illegal_transition', 'The run has ended.')
  if (state.status !== 'running') {
    const to: RunState = { ...state, status: 'running' }
    const action = state.status === 'queued' ? 'run.began' : 'run.went_on'
    await transition(tx, {
      runId: run.id,
      from: state.status,
      to,
      actor: ENGINE,
      action,
      data: {},
      due: 'keep',
      lease: held,
    })
  }
  await settleOrphans(tx, run.id, held.token)
  const [last] = await tx
    .select()
    .from(beads)
    .where(eq(beads.runId, run.id))
    .orderBy(desc(beads.seq))
    .limit(1)
  if (last?.status === 'running' && last.step === state.step) {
    const begun = last.begun + 1
    await tx.update(beads).set({ begun }).where(eq(beads.id, last.id))
    return { id: last.id, seq: last.seq, step: last.step, attempt: last.attempt, resumed: true, begun }
  }
  return newBead(tx, run, state.step, last?.seq ?? 0)
}

async function newBead(tx: Tx, run: RunRecord, step: FlowStep, before: number): Promise<BeadRecord> {
  const lastSeq = before + (await skipBeads(tx, run.id, run.state, before))
  const task = step === 'coder' || step === 'reviewer' ? currentTask(run.state) : null
  const same = await tx
    .select({ id: beads.id, taskId: beads.taskId })
    .from(beads)
    .where(and(eq(beads.runId, run.id), eq(beads.step, step)))
    .orderBy(asc(beads.seq))
  const attempt = same.filter((bead) => bead.taskId === (task?.id ?? null)).length + 1
  const id = newId()
  await tx.insert(beads).values({
    id,
    runId: run.id,
    seq: lastSeq + 1,
    step,
    name: task ? `${step} · ${task.id} ${task.title}` : step,
    category: categoryOf(step),
    status: 'running',
    attempt,
    begun: 1,
    taskId: task?.id ?? null,
    state: run.state,
    baseSha: run.headSha,
    startedAt: sql`now()`,
  })
  const data = { step, seq: lastSeq + 1, attempt, status: 'running', task: task?.id ?? null }
  await appendEvents(tx, [{ runId: run.id, beadId: id, kind: 'bead', data }])
  await appendAudit(tx, {
    runId: run.id,
    actor: ENGINE,
    action: `${step}.began`,
    data: { seq: lastSeq + 1, attempt },
  })
  return { id, seq: lastSeq + 1, step, attempt, resumed: false, begun: 1 }
}

async function settle(tx: Tx, held: Claim, settlement: Settlement): Promise<void> {
  await assertLease(tx, held)
  const { run, bead, result, dueInMs } = settlement
  // Routed as it was, kept without what looks like a secret.
  const outcome = redacted(result.outcome)
  const next = cleanWords(settlement.next)
  await tx.update(runs).set(patchOf(result)).where(eq(runs.id, run.id))
  if (result.run?.perRunMicros !== undefined) await setBudget(tx, run.id, result.run.perRunMicros)
  // A bead that is tried again, or waits for money, goes on with the turns it has.
  const goesOn =
    next.step === bead.step && (outcome.kind === 'budget_spent' || outcome.kind === 'error') && !next.ending
  const waits = goesOn || outcome.kind === 'waiting'
  const status = waits ? 'running' : outcome.kind === 'error' ? 'failed' : 'completed'
  if (!waits) assertBeadTransition('running', status)
  await tx
    .update(beads)
    .set({
      status,
      begun: 0,
      outcome,
      summary: redacted({ ...result.summary }),
      headSha: result.run?.headSha ?? run.headSha,
      endedAt: waits ? null : sql`now()`,
    })
    .where(and(eq(beads.id, bead.id), eq(beads.status, 'running')))
  const data = { step: bead.step, seq: bead.seq, attempt: bead.attempt, status, outcome: outcome.kind }
  await appendEvents(tx, [{ runId: run.id, beadId: bead.id, kind: 'bead', data }])
  if (next.step === 'end') await skipBeads(tx, run.id, next, bead.seq)
  await transition(tx, {
    runId: run.id,
    from: 'running',
    to: next,
    actor: ENGINE,
    action: `${bead.step}.${outcome.kind}`,
    data: { seq: bead.seq, outcome, next: next.step, status: next.status },
    due:
      next.status === 'waiting_gate'
        ? await gateExpiry(tx, run.id)
        : dueInMs === null
          ? null
          : { inMs: dueInMs },
    lease: held,
  })
}

/** A state's words about how it ended or why it waits, redacted; what decides its way stays as it is. */
function cleanWords(state: RunState): RunState {
  const { error, ending, pause } = state
  return { ...state, ...redacted({ error, ending, ...(pause === undefined ? {} : { pause }) }) }
}

/** The repository's sum for one run, in the run's row and its account, unless a person named another. */
async function setBudget(tx: Tx, runId: string, limitMicros: number): Promise<void> {
  const [was] = await tx
    .select({ budgetMicros: runs.budgetMicros })
    .from(runs)
    .where(and(eq(runs.id, runId), eq(runs.budgetGiven, false), ne(runs.budgetMicros, limitMicros)))
  if (!was) return
  await tx.update(runs).set({ budgetMicros: limitMicros }).where(eq(runs.id, runId))
  const account = { key: `run:${runId}`, limitMicros }
  await tx
    .insert(budgetAccounts)
    .values(account)
    .onConflictDoUpdate({ target: budgetAccounts.key, set: { limitMicros } })
  const data = { budgetMicros: { was: was.budgetMicros, is: limitMicros }, place: 'budget.per_run_usd' }
  await appendAudit(tx, { runId, actor: ENGINE, action: 'run.budget_set', data })
}

function patchOf(result: StepResult) {
  const { branch, baseSha, headSha, score, task } = result.run ?? {}
  return {
    updatedAt: sql`now()`,
    ...(branch === undefined ? {} : { branch }),
    ...(baseSha === undefined ? {} : { baseSha }),
    ...(headSha === undefined ? {} : { headSha }),
    ...(score === undefined ? {} : { score }),
    ...(task === undefined ? {} : { task, title: task.title }),
  }
}
type StepResult = Settlement['result']

/**
 * Gates that hold nothing back for this target stand in the record as skipped, once the run has passed them.
 * @returns how many were added
 */
async function skipBeads(tx: Tx, runId: string, state: RunState, seq: number): Promise<number> {
  const passed = state.skipped.filter((step) => state.flow.indexOf(step) < state.index)
  if (passed.length === 0) return 0
  const there = await tx
    .select({ step: beads.step })
    .from(beads)
    .where(and(eq(beads.runId, runId), inArray(beads.step, passed)))
  const missing = passed.filter((step) => !there.some((bead) => bead.step === step))
  if (missing.length === 0) return 0
  await tx.insert(beads).values(
    missing.map((step, i) => ({
      id: newId(),
      runId,
      seq: seq + 1 + i,
      step,
      name: step,
      category: 'gate' as const,
      status: 'skipped' as const,
      summary: { reason: `It does not hold for ${state.target}.` },
      endedAt: sql`now()`,
    })),
  )
  return missing.length
}

async function gateExpiry(tx: Tx, runId: string): Promise<{ at: Date } | null> {
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
