import { and, eq, inArray, type SQL, sql } from 'drizzle-orm'
import { beads, budgetReservations, gates, jobs, runs } from '@/drizzle/schema'
import type { RunState } from '@/lib/core/run'
import { isEnded, runStatusNames } from '@/lib/core/status'
import { appendAudit } from './audit'
import { allRows, type Db, type Tx } from './client'
import { appendEvents } from './events'
import { newId } from './ids'
import { transition } from './transition'

/** Something that was brought to agree again. `what` is the end of its audit action, `reconcile.<what>`. */
export interface Mended {
  readonly what: string
  readonly runId: string | null
  readonly data: Readonly<Record<string, unknown>>
}

/** Of one kind in one pass; the next pass goes on. */
const LIMIT = 100
export const RECONCILER = { kind: 'system', id: 'reconcile', name: 'DevPilot' } as const

interface Held {
  readonly tx: Tx
  readonly run: typeof runs.$inferSelect
  readonly state: RunState
  readonly job: typeof jobs.$inferSelect | null
}

type Data = Readonly<Record<string, unknown>>
interface Rule {
  readonly what: string
  /** Selects `run_id`s that may need it, from rows that are few however many runs have ended. */
  readonly find: SQL
  /** Looks again with job and run held, mends, and says what it did; null: nothing to do after all. */
  readonly mend: (held: Held) => Promise<Data | null>
}

const ended = sql.join(
  runStatusNames.filter(isEnded).map((name) => sql`${name}`),
  sql`, `,
)

const rules: readonly Rule[] = [
  {
    what: 'job_parked',
    find: sql`select j.run_id from jobs j join agent_runs r on r.id = j.run_id
      where j.state in ('ready', 'delayed', 'leased') and r.status in (${ended})`,
    mend: async ({ tx, run, state, job }) => {
      if (!job || !isEnded(run.status) || job.state === 'parked' || job.state === 'dead') return null
      const reason = state.error?.gaveUp ? state.error.message : null
      await setJob(
        tx,
        job.id,
        reason === null
          ? { state: 'parked', dueAt: null }
          : { state: 'dead', dueAt: null, deadReason: reason, deadAt: sql`now()` },
      )
      return { was: job.state, status: run.status }
    },
  },
  {
    what: 'job_woken',
    find: sql`select r.id as run_id from agent_runs r left join jobs j on j.run_id = r.id
      where r.status in ('queued', 'running') and r.source = 'pipeline' and r.repository_id is not null
        and (j.id is null or j.state in ('parked', 'dead'))`,
    mend: async ({ tx, run, job }) => {
      const idle = !job || job.state === 'parked' || job.state === 'dead'
      if (!idle || !run.repositoryId || (run.status !== 'queued' && run.status !== 'running')) return null
      const ready = { state: 'ready', dueAt: sql`now()`, deadReason: null, deadAt: null } as const
      if (job) await setJob(tx, job.id, ready)
      else {
        const row = { id: newId(), kind: 'run', key: `run:${run.id}`, runId: run.id } as const
        await tx.insert(jobs).values({ ...row, repositoryId: run.repositoryId, dueAt: sql`now()` })
      }
      return { was: job?.state ?? 'missing', status: run.status }
    },
  },
  {
    what: 'gate_asked_again',
    find: sql`select r.id as run_id from agent_runs r where r.status = 'waiting_gate' and r.source = 'pipeline'
      and not exists (select from gates g where g.run_id = r.id and g.status = 'waiting')`,
    async mend({ tx, run, state }) {
      if (run.status !== 'waiting_gate' || (await openGateOf(tx, run.id))) return null
      await transition(tx, {
        runId: run.id,
        from: 'waiting_gate',
        to: { ...state, status: 'running' },
        actor: RECONCILER,
        action: 'run.went_on',
        data: { step: state.step },
        due: { inMs: 0 },
      })
      return { step: state.step }
    },
  },
  {
    what: 'gate_wait_set',
    find: sql`select r.id as run_id from agent_runs r join jobs j on j.run_id = r.id
      join gates g on g.run_id = r.id and g.status = 'waiting'
      where r.status = 'waiting_gate' and j.state <> 'leased' and not (g.expires_at <= now())
        and (j.state <> 'delayed' or j.due_at <> g.expires_at)
      union all
      select r.id from agent_runs r join jobs j on j.run_id = r.id
      join gates g on g.run_id = r.id and g.status = 'waiting'
      where r.status = 'waiting_gate' and g.expires_at is null and j.state in ('ready', 'delayed', 'dead')
      union all
      select r.id from agent_runs r join jobs j on j.run_id = r.id
      join gates g on g.run_id = r.id and g.status = 'waiting'
      where r.status = 'waiting_gate' and g.expires_at <= now() and j.state in ('parked', 'dead')`,
    async mend({ tx, run, job }) {
      const gate = await openGateOf(tx, run.id)
      if (run.status !== 'waiting_gate' || !gate || !job || job.state === 'leased') return null
      const { expiresAt } = gate
      const right = expiresAt === null ? 'parked' : 'delayed'
      if (job.state === right && job.dueAt?.getTime() === expiresAt?.getTime()) return null
      await setJob(tx, job.id, { state: right, dueAt: expiresAt, deadReason: null, deadAt: null })
      return { was: job.state, is: right, gate: gate.name, expiresAt }
    },
  },
  {
    what: 'gate_closed',
    // The gate's own step opens it while the run is still running.
    find: sql`select r.id as run_id from gates g join agent_runs r on r.id = g.run_id
      where g.status = 'waiting' and r.status <> 'waiting_gate'
        and not (r.status = 'running' and r.step = 'gate:' || g.name)`,
    async mend({ tx, run }) {
      const gate = await openGateOf(tx, run.id)
      const opening = run.status === 'running' && run.step === `gate:${gate?.name}`
      if (!gate || run.status === 'waiting_gate' || opening) return null
      await tx.update(gates).set({ status: 'void', closedAt: sql`now()` }).where(eq(gates.id, gate.id))
      const data = { gate: gate.name, id: gate.id, status: 'void' }
      await appendEvents(tx, [{ runId: run.id, beadId: gate.beadId, kind: 'gate', data }])
      return { gate: gate.name, id: gate.id, status: run.status }
    },
  },
  {
    what: 'beads_ended',
    find: sql`select distinct r.id as run_id from beads b join agent_runs r on r.id = b.run_id
      where b.status = 'running' and r.source = 'pipeline' and r.status in (${ended})`,
    async mend({ tx, run }) {
      if (!isEnded(run.status)) return null
      const status = run.status === 'failed' ? 'failed' : 'skipped'
      const over = await tx
        .update(beads)
        .set({ status, endedAt: sql`now()` })
        .where(and(eq(beads.runId, run.id), eq(beads.status, 'running')))
        .returning({ seq: beads.seq, step: beads.step })
      return over.length === 0 ? null : { beads: over, status }
    },
  },
  {
    what: 'money_settled',
    find: sql`select distinct r.id as run_id from budget_reservations b join agent_runs r on r.id = b.run_id
      where r.status in (${ended})`,
    async mend({ tx, run }) {
      if (!isEnded(run.status)) return null
      const open = await tx
        .select({ micros: budgetReservations.micros })
        .from(budgetReservations)
        .where(eq(budgetReservations.runId, run.id))
      if (open.length === 0) return null
      await tx.execute(sql`select devpilot_settle_orphans(${run.id}::uuid, null)`)
      return { reservations: open.length, micros: open.reduce((sum, { micros }) => sum + micros, 0) }
    },
  },
]

/** Mends what the rows themselves contradict, each in a transaction of its own beside working workers. */
export async function reconcileRows(
  db: Db,
  onError: (what: string, error: unknown) => void,
): Promise<Mended[]> {
  const mended: Mended[] = []
  for (const { what, find, mend } of rules) {
    const rows = allRows(await db.execute(sql`${find} limit ${LIMIT}`))
    for (const runId of new Set(rows.map((row) => String(row.run_id)))) {
      try {
        const data = await held(db, runId, what, mend)
        if (data) mended.push({ what, runId, data })
      } catch (error) {
        onError(`${what} of run ${runId}`, error)
      }
    }
  }
  return mended
}

/** Mends one run with its job and then its row held, in the order of every writer, and audits it. */
export function held(
  db: Db,
  runId: string,
  what: string,
  mend: (held: Held) => Promise<Data | null>,
): Promise<Data | null> {
  return db.transaction(async (tx) => {
    const [job] = await tx.select().from(jobs).where(eq(jobs.runId, runId)).for('update')
    const [run] = await tx.select().from(runs).where(eq(runs.id, runId)).for('update')
    if (!run?.state) return null
    const data = await mend({ tx, run, state: run.state, job: job ?? null })
    if (data) await appendAudit(tx, { runId, actor: RECONCILER, action: `reconcile.${what}`, data })
    return data
  })
}

/**
 * Frees the leases of workers that are known to be gone, without waiting for their time to pass.
 * @param isGone told the owner of each lease; a worker that holds its lease without a time is seen to by somebody else
 */
export async function freeLeases(db: Db, isGone: (owner: string) => boolean): Promise<Mended[]> {
  const leased = await db
    .select({ runId: jobs.runId, owner: jobs.leaseOwner })
    .from(jobs)
    .where(and(eq(jobs.state, 'leased'), sql`${jobs.leaseUntil} is not null`))
  const mended: Mended[] = []
  for (const { runId, owner } of leased) {
    if (runId === null || owner === null || !isGone(owner)) continue
    const data = await held(db, runId, 'lease_freed', async ({ tx, job }) => {
      if (job?.state !== 'leased' || job.leaseOwner !== owner) return null
      await setJob(tx, job.id, { state: 'ready', dueAt: sql`now()` })
      return { owner, until: job.leaseUntil }
    })
    if (data) mended.push({ what: 'lease_freed', runId, data })
  }
  return mended
}

/** Something outside that was begun for a run which has ended, and of which nobody knows what became. */
export interface OpenEffect {
  readonly key: string
  readonly runId: string
  readonly kind: string
}

export async function openEffects(db: Db): Promise<OpenEffect[]> {
  const rows = await db.execute(sql`
    select e.key, e.run_id, e.kind from effects e join agent_runs r on r.id = e.run_id
    where e.done_at is null and e.result is null and r.status in (${ended})
    order by e.created_at desc limit ${LIMIT}`)
  return allRows(rows).map((row) => ({
    key: String(row.key),
    runId: String(row.run_id),
    kind: String(row.kind),
  }))
}

/** A failed run keeps its commits, for a `retry`. */
export const isOld = sql`(${runs.status} in (${ended}) and ${runs.status} <> 'failed'
  and ${runs.endedAt} < now() - interval '14 days')`

/** Runs by their ids, with whether a worker has them. */
export async function knownRuns(db: Db, ids: readonly string[]) {
  if (ids.length === 0) return []
  return db
    .select({
      id: runs.id,
      status: runs.status,
      branch: runs.branch,
      baseSha: runs.baseSha,
      headSha: runs.headSha,
      /** Ended, otherwise than by an error, so long ago that its commits need not be kept. */
      old: sql<boolean>`coalesce(${isOld}, false)`,
      leased: sql<boolean>`coalesce(${jobs.state} = 'leased', false)`,
    })
    .from(runs)
    .leftJoin(jobs, eq(jobs.runId, runs.id))
    .where(inArray(runs.id, [...ids]))
}

async function openGateOf(tx: Tx, runId: string) {
  const [gate] = await tx
    .select()
    .from(gates)
    .where(and(eq(gates.runId, runId), eq(gates.status, 'waiting')))
    .for('update')
  return gate ?? null
}

/** The token grows: a worker that believes that it has the run can write nothing any more. */
async function setJob(
  tx: Tx,
  id: string,
  to: {
    readonly state: (typeof jobs.$inferSelect)['state']
    readonly dueAt: Date | SQL | null
    readonly deadReason?: string | null
    readonly deadAt?: SQL | null
  },
): Promise<void> {
  const lease = { leaseOwner: null, leaseUntil: null, leaseToken: sql`${jobs.leaseToken} + 1` }
  await tx
    .update(jobs)
    .set({ ...to, ...lease })
    .where(eq(jobs.id, id))
}
