import { and, eq, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import { beads, gates, jobs } from '@/drizzle/schema'
import type { RunRecord } from '@/lib/core/record'
import type { RunState } from '@/lib/core/run'
import type { Claim, Store } from '@/lib/engine/store'
import { AppError } from '@/lib/errors'
import { ENGINE } from './audit'
import type { Caps } from './caps'
import { type Db, firstRow, type Tx } from './client'
import { appendEvents } from './events'
import { notifyGate } from './notifications'
import { cleanWords, gateExpiry, openBead, settle } from './step'
import { assertLease, heldBy, transition } from './transition'

/** A store that says what it keeps to, for what claims beside it. */
export type CappedStore = Store & { readonly caps: Caps }

/** The engine's store on Postgres or PGlite. */
export function createStore(db: Db, caps: Caps = {}): CappedStore {
  return {
    caps,
    claim: (input) => claim(db, caps, input),
    takeUp: (input) => takeUp(db, caps, input),
    heartbeat: (held, leaseMs) => heartbeat(db, held, leaseMs),
    putOff: (held, inMs, blameless = false) => db.transaction((tx) => putOff(tx, held, inMs, blameless)),
    handBack: (held, blameless = true) => db.transaction((tx) => handBack(tx, held, blameless)),
    giveUp: (held, run, next) => db.transaction((tx) => giveUp(tx, held, run, next)),
    load: (held) => load(db, held),
    openBead: (held, run) => openBead(db, held, run),
    settle: (held, settlement, keep) => settle(db, held, settlement, keep),
    lapse: (held, run, next) => db.transaction((tx) => lapse(tx, held, run, next)),
    nextDueInMs: async () => waitOf(firstRow(await db.execute(sql`select devpilot_next_due() as ms`))?.ms),
  }
}

// Not greatest(0, …) in SQL: it passes over NULL, and a worker with nothing to do would never sleep.
const waitOf = (ms: unknown): number | null =>
  ms === null || ms === undefined ? null : Math.max(0, Math.ceil(Number(ms)))

type Asked = Parameters<Store['claim']>[0]

function claimArguments({ owner, leaseMs }: Asked, { maxActive, maxActivePerRepository: each }: Caps): SQL {
  const lease = leaseMs === null ? null : interval(leaseMs)
  return sql`(${owner}, ${lease}::interval, ${maxActive ?? null}, ${each ?? null})`
}

async function claim(db: Db, caps: Caps, input: Asked): Promise<Claim | null> {
  const row = firstRow(await db.execute(sql`select * from devpilot_claim${claimArguments(input, caps)}`))
  if (!row) return null
  const { job_id: job, run_id: run, lease_token: token, failures } = row
  return claimOf({ job, run, token, failures }, input.owner)
}

function claimOf({ job, run, token, failures }: Record<string, unknown>, owner: string): Claim {
  return {
    jobId: String(job),
    runId: String(run),
    token: Number(token),
    owner,
    failures: Number(failures),
  }
}

const takenSchema = z.union([
  z.object({ ms: z.number().nullable() }),
  z.object({
    job: z.string(),
    run: z.string(),
    token: z.number(),
    failures: z.number(),
    more: z.boolean(),
    record: z.custom<RunRecord | null>(),
  }),
])

async function takeUp(db: Db, caps: Caps, input: Asked): ReturnType<Store['takeUp']> {
  const row = firstRow(await db.execute(sql`select devpilot_take${claimArguments(input, caps)} as taken`))
  const taken = takenSchema.parse(row?.taken)
  if ('ms' in taken) return { nextDueInMs: waitOf(taken.ms) }
  const { record, more } = taken
  return { claim: claimOf(taken, input.owner), run: record?.state ? record : null, more }
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

async function putOff(tx: Tx, held: Claim, inMs: number, blameless: boolean): Promise<void> {
  const dueAt = sql`now() + ${interval(inMs)}::interval`
  const put = await tx
    .update(jobs)
    .set({ ...free, state: 'delayed', dueAt, failures: sql`${jobs.failures} + 1` })
    .where(heldBy(held))
    .returning({ id: jobs.id })
  if (blameless && put.length > 0) await beginAnew(tx, held)
}

/** Whoever takes the step up next is not told that its worker died. */
async function beginAnew(tx: Tx, { runId }: Claim): Promise<void> {
  await tx
    .update(beads)
    .set({ begun: 0 })
    .where(and(eq(beads.runId, runId), eq(beads.status, 'running')))
}

async function handBack(tx: Tx, held: Claim, blameless: boolean): Promise<void> {
  await assertLease(tx, held)
  if (blameless) await beginAnew(tx, held)
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

async function load(db: Db, { runId }: Claim): Promise<RunRecord> {
  const row = firstRow(await db.execute(sql`select devpilot_run_record(${runId}) as run`))
  const run = z.custom<RunRecord | null>().parse(row?.run)
  if (!run?.state) throw new AppError('not_found', `The run ${runId} is gone.`)
  return run
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
    if (waits) await notifyGate(tx, gate, policy === 'escalate' ? 'escalated' : 'overdue')
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
