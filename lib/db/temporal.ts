import { and, asc, eq, gt, isNull, like, lt, or, type SQL, sql } from 'drizzle-orm'
import { beads, jobs, runs } from '@/drizzle/schema'
import { isEnded } from '@/lib/core/status'
import type { Claim, Settlement } from '@/lib/engine/store'
import type { Held, Look } from '@/lib/engine/temporal/contract'
import type { TemporalStore } from '@/lib/engine/temporal/store'
import { AppError } from '@/lib/errors'
import { appendAudit, ENGINE } from './audit'
import { type Caps, hasPlace, place } from './caps'
import { type Db, firstRow, type Tx } from './client'
import { newId } from './ids'
import { settleHolding } from './step'
import type { CappedStore } from './store'
import { assertLease, heldBy } from './transition'

/** Begins the owner of every lease that Temporal has. */
const OWNER = 'temporal:'

const lost = () => new AppError('lease_lost', 'Another worker has this run now.')
const free = { leaseOwner: null, leaseUntil: null } as const
/** What Temporal has for good. */
const temporals = and(eq(jobs.state, 'leased'), isNull(jobs.leaseUntil), like(jobs.leaseOwner, `${OWNER}%`))
const interval = (ms: number): string => `${Math.round(ms)} milliseconds`
/** The job as long as this claim has it, whichever attempt of it does. */
const ownedBy = ({ jobId, owner }: Pick<Held, 'jobId' | 'owner'>): SQL | undefined =>
  and(eq(jobs.id, jobId), eq(jobs.leaseOwner, owner), eq(jobs.state, 'leased'))

/** The store of the driver under Temporal: the engine's own, and what is beyond it, with the same caps. */
export function createTemporalStore(
  db: Db,
  store: CappedStore,
  afterSettling: (settlement: Settlement) => Promise<void> = async () => {},
): TemporalStore {
  return {
    ...store,
    async settleHolding(claim, settlement) {
      const kept = await settleHolding(db, claim, settlement)
      await afterSettling(settlement)
      return kept
    },
    async confirm(claim) {
      await db.update(jobs).set({ leaseUntil: null }).where(heldBy(claim))
    },
    async giveBack(claim, inMs) {
      const dueAt = sql`now() + ${interval(inMs)}::interval`
      await db
        .update(jobs)
        .set({ ...free, state: 'delayed', dueAt })
        .where(heldBy(claim))
    },
    take: (held, attempt) => take(db, held, attempt),
    async owns(held) {
      const rows = await db.select({ id: jobs.id }).from(jobs).where(ownedBy(held))
      return rows.length > 0
    },
    async holds(claim) {
      const rows = await db.select({ id: jobs.id }).from(jobs).where(heldBy(claim))
      return rows.length > 0
    },
    keep: (claim, bead, run, result) =>
      db.transaction(async (tx) => {
        await assertLease(tx, claim)
        const kept = { steps: run.state.counts.steps, result }
        await tx.update(beads).set({ kept }).where(eq(beads.id, bead.id))
      }),
    async kept(beadId, run) {
      const [row] = await db.select({ kept: beads.kept }).from(beads).where(eq(beads.id, beadId))
      return row?.kept?.steps === run.state.counts.steps ? row.kept.result : null
    },
    rest: (claim) =>
      db.transaction(async (tx) => {
        await assertLease(tx, claim)
        await tx
          .update(beads)
          .set({ begun: 0 })
          .where(and(eq(beads.runId, claim.runId), eq(beads.status, 'running')))
      }),
    release: (held, inMs) => release(db, held, inMs),
    reopen: (held, why) => db.transaction((tx) => reopen(tx, held, why)),
    look: (runId) => look(db, store.caps, runId),
    claimRun: (input) => db.transaction((tx) => claimRun(tx, store.caps, input)),
    async leased({ limit, after }) {
      const rows = await db
        .select({ jobId: jobs.id, runId: jobs.runId, token: jobs.leaseToken, owner: jobs.leaseOwner })
        .from(jobs)
        .where(and(temporals, after === null ? undefined : gt(jobs.id, after)))
        .orderBy(asc(jobs.id))
        .limit(limit)
      return rows.flatMap(({ jobId, runId, token, owner }) =>
        runId === null || owner === null ? [] : [{ jobId, runId, token, owner }],
      )
    },
  }
}

/** An owner that no other claim has, so that what is left of an old one can take nothing. */
export function temporalOwner(): string {
  return `${OWNER}${newId()}`
}

async function take(db: Db, { jobId, runId, token, owner }: Held, attempt: number): Promise<Claim> {
  const mine = token + attempt
  const [row] = await db
    .update(jobs)
    .set({ leaseToken: mine, leaseUntil: null })
    .where(and(ownedBy({ jobId, owner }), lt(jobs.leaseToken, mine)))
    .returning({ failures: jobs.failures })
  if (!row) throw lost()
  return { jobId, runId, token: mine, owner, failures: row.failures }
}

async function release(
  db: Db,
  held: Pick<Held, 'jobId' | 'owner'>,
  inMs: (failures: number) => number,
): Promise<boolean> {
  const [job] = await db.select({ failures: jobs.failures }).from(jobs).where(ownedBy(held))
  if (!job) return false
  const failures = job.failures + 1
  const updated = await db
    .update(jobs)
    .set({
      ...free,
      state: 'delayed',
      dueAt: sql`now() + ${interval(inMs(failures))}::interval`,
      failures,
      leaseToken: sql`${jobs.leaseToken} + 1`,
    })
    .where(ownedBy(held))
    .returning({ id: jobs.id })
  return updated.length > 0
}

async function reopen(tx: Tx, held: Held, why: string): Promise<boolean> {
  const updated = await tx
    .update(jobs)
    .set({ ...free, state: 'ready', dueAt: sql`now()`, leaseToken: sql`${jobs.leaseToken} + 1` })
    .where(ownedBy(held))
    .returning({ id: jobs.id })
  if (updated.length === 0) return false
  const { runId, owner } = held
  await appendAudit(tx, { runId, actor: ENGINE, action: 'run.reopened', data: { owner, why } })
  return true
}

async function look(db: Db, caps: Caps, runId: string): Promise<Look> {
  const row = firstRow(
    await db.execute(sql`
      select r.status, r.step, j.lease_token as token,
        -- Without a place it waits for the pump.
        case when j.state = 'delayed' or j.state = 'ready' and ${place(caps)} then extract(epoch from j.due_at - now()) * 1000 end as ms
      from agent_runs r left join jobs j on j.run_id = r.id
      where r.id = ${runId}`),
  )
  if (!row) throw new AppError('not_found', `The run ${runId} is gone.`)
  const status = runs.status.enumValues.find((name) => name === row.status)
  if (!status) throw new AppError('internal', `The run has the status ${String(row.status)}.`)
  const dueInMs = row.ms === null || row.ms === undefined ? null : Math.max(0, Math.ceil(Number(row.ms)))
  return { status, step: String(row.step), ended: isEnded(status), dueInMs, token: Number(row.token ?? 0) }
}

async function claimRun(
  tx: Tx,
  caps: Caps,
  { runId, orphan }: { readonly runId: string; readonly orphan: number | null },
): Promise<Held | null> {
  const owner = temporalOwner()
  const due = and(eq(jobs.state, 'delayed'), sql`${jobs.dueAt} <= now() + interval '1 millisecond'`)
  const orphaned = orphan === null ? undefined : and(temporals, eq(jobs.leaseToken, orphan))
  const [job] = await tx
    .select({ id: jobs.id, state: jobs.state })
    .from(jobs)
    .where(and(eq(jobs.runId, runId), or(eq(jobs.state, 'ready'), due, orphaned)))
    .for('update')
  if (!job) return null
  // One that is orphaned has its place.
  if (job.state !== 'leased' && !(await hasPlace(tx, caps, job.id))) {
    // The pump hands it over when there is one, in its turn.
    await tx.update(jobs).set({ state: 'ready' }).where(eq(jobs.id, job.id))
    return null
  }
  const [row] = await tx
    .update(jobs)
    .set({
      state: 'leased',
      dueAt: null,
      leaseOwner: owner,
      leaseUntil: null,
      leaseToken: sql`${jobs.leaseToken} + 1`,
    })
    .where(eq(jobs.id, job.id))
    .returning({ jobId: jobs.id, token: jobs.leaseToken })
  return row ? { jobId: row.jobId, runId, token: row.token, owner } : null
}

/**
 * Puts back what Temporal had where no worker of Temporal's has been seen for a minute: the installation is driven
 * without it now. Audited.
 * @returns the runs
 */
export async function reopenAbandoned(db: Db): Promise<string[]> {
  const rows = await db
    .select({ jobId: jobs.id, runId: jobs.runId, token: jobs.leaseToken, owner: jobs.leaseOwner })
    .from(jobs)
    .where(
      and(
        temporals,
        sql`not exists (select from workers where engine = 'temporal' and seen_at > now() - interval '1 minute')`,
      ),
    )
    .limit(500)
  const reopened: string[] = []
  for (const { jobId, runId, token, owner } of rows) {
    if (runId === null || owner === null) continue
    const held = { jobId, runId, token, owner }
    if (await db.transaction((tx) => reopen(tx, held, 'Temporal drives runs no more'))) reopened.push(runId)
  }
  return reopened
}
