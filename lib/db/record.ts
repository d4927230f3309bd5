import { and, asc, desc, eq, isNull, sql } from 'drizzle-orm'
import {
  artifacts,
  beads,
  codeReviews,
  dailyStats,
  evaluations,
  evidence,
  gates,
  jobs,
  pullRequests,
  runs,
  turns,
} from '@/drizzle/schema'
import { accountKeys } from '@/lib/core/budget'
import type { Config } from '@/lib/core/config'
import { type Evidence, evidenceSchema } from '@/lib/core/evidence'
import { evidenceWords } from '@/lib/core/evidence-words'
import type { BeadRecord, RunRecord } from '@/lib/core/record'
import type { Claim } from '@/lib/engine/store'
import { toAppError } from '@/lib/errors'
import type { PullRequestRef } from '@/lib/forge/forge'
import { redact, redacted } from '@/lib/log'
import type { GateOpening, StepRecord } from '@/lib/steps/ports'
import { appendAudit, auditDocument, canonical, ENGINE } from './audit'
import { callFunction } from './call'
import { type Db, databaseNow, sha256, type Tx } from './client'
import { createEffects } from './effects'
import { appendEvents, eventDocument, eventsAdded, type RunEventKind } from './events'
import { headIsTaken } from './head-taken'
import { newId } from './ids'
import { createLearnings } from './learnings'
import { type AccountLimit, countSpent, reserve, settleReservation } from './ledger'
import { giveUpKey } from './local-forge'
import { gateNews } from './notifications'
import { assertLease, today } from './transition'
import { answered, completed, type HashOf, toTurn } from './turns'

export interface RecordInput {
  readonly db: Db
  readonly claim: Claim
  readonly run: RunRecord
  readonly bead: BeadRecord
  /** Aborts when the step is to stop: then nothing more is begun outside. */
  readonly signal?: AbortSignal
  /** Known once the base branch's configuration is read. */
  readonly config: () => Promise<Config>
  /** Of requests; without it none is kept. */
  readonly hashOf?: HashOf
}

/** What steps keep, on Postgres or PGlite. Every write first takes the job's row: a lost lease writes nothing. */
export function createRecord(input: RecordInput): StepRecord {
  const { db, claim, run, bead } = input
  const runId = run.id
  const beadId = bead.id
  const fenced = <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
    db
      .transaction(async (tx) => {
        await assertLease(tx, claim)
        return work(tx)
      })
      .catch((error: unknown) => {
        throw toAppError(error)
      })
  const tell = (tx: Tx, kind: RunEventKind, data: Record<string, unknown>) =>
    appendEvents(tx, [{ runId, beadId, kind, data }])
  const agent = { kind: 'agent', id: bead.step, name: bead.step } as const

  return {
    async turns() {
      const rows = await db.select().from(turns).where(eq(turns.beadId, beadId)).orderBy(asc(turns.seq))
      return rows.map(toTurn)
    },
    async reserve(micros) {
      const accounts = await accountsOf(input)
      return fenced(async (tx) => {
        const held = await reserve(tx, { runId, accounts, micros, leaseToken: claim.token })
        return held.ok ? { ok: true, reservation: { id: held.id, micros } } : held
      })
    },
    answered: (turn, reservation) =>
      fenced((tx) => answered(tx, { run, bead, turn, reservation, hashOf: input.hashOf })),
    completed: (turn, results, headSha) =>
      fenced((tx) => completed(tx, { run, bead, turn, results, headSha })),
    release: (reservation) =>
      db.transaction(async (tx) => {
        await settleReservation(tx, reservation.id, 0)
      }),
    // Not fenced: a worker that lost the run knows best what its call came to, and it is counted once.
    charged: (reservation) =>
      db.transaction(async (tx) => {
        // The job first, as every writer of a run does, so that none waits in a circle.
        await tx.select({ id: jobs.id }).from(jobs).where(eq(jobs.runId, runId)).for('update')
        if (await countSpent(tx, runId, reservation)) await addToBead(tx, beadId, reservation.micros)
      }),
    event: (kind, data) => fenced((tx) => tell(tx, kind, { ...data })),

    evidence: (phase, found) =>
      fenced(async (tx) => {
        const data: Record<string, unknown> = redacted({ ...found })
        await tx
          .insert(evidence)
          .values({ id: newId(), runId, beadId, kind: found.kind, phase, commit: found.commit ?? '', data })
        await tell(tx, 'evidence', { kind: found.kind, phase, summary: redact(evidenceWords(found)) })
        await appendAudit(tx, {
          runId,
          actor: agent,
          action: `evidence.${found.kind}`,
          data: { phase, ...brief(found) },
        })
      }),
    latest: (phase, kind) => latestEvidence(db, runId, phase, kind),
    artifact: (kind, content) =>
      fenced(async (tx) => {
        const id = newId()
        const text = redact(content)
        await tx.insert(artifacts).values({ id, runId, beadId, kind, content: text, sha256: sha256(text) })
        return id
      }),
    review: (headSha, review) =>
      fenced(async (tx) => {
        await tx
          .insert(codeReviews)
          .values({ id: newId(), runId, beadId, source: 'devpilot', headSha, review: redacted(review) })
        const data = {
          result: review.decision,
          comments: review.comments.length,
          confidence: review.confidence,
        }
        await appendAudit(tx, { runId, actor: agent, action: 'reviewer.decision', data })
      }),
    async reviews() {
      const rows = await db
        .select()
        .from(codeReviews)
        .where(eq(codeReviews.runId, runId))
        .orderBy(asc(codeReviews.createdAt))
      return rows.map((row) => row.review)
    },
    evaluation: (headSha, score, parts) =>
      fenced(async (tx) => {
        await tx.insert(evaluations).values({ id: newId(), runId, headSha, score, parts })
        await tell(tx, 'evidence', { kind: 'evaluation', score })
      }),

    openGate: (opening) => openGate(input, opening),
    async approvedEvidence(name) {
      const [row] = await db
        .select({ hash: gates.evidenceHash, status: gates.status, policy: gates.policy })
        .from(gates)
        .where(and(eq(gates.runId, runId), eq(gates.name, name)))
        .orderBy(desc(gates.openedAt))
        .limit(1)
      const agreed =
        row?.status === 'approved' || (row?.status === 'lapsed' && row.policy.onTimeout === 'auto_approve')
      return agreed ? row.hash : null
    },
    async pullRequest() {
      const [row] = await db
        .select()
        .from(pullRequests)
        .where(eq(pullRequests.runId, runId))
        .orderBy(desc(pullRequests.createdAt))
        .limit(1)
      return row ? { ...row } : null
    },
    headIsTaken: (headSha) => headIsTaken(db, run, headSha),
    savePullRequest: (ref, text) =>
      fenced(async (tx) => {
        const { number, url, branch, target, headSha, state, mergeSha } = ref
        const row = {
          number,
          url,
          branch,
          target,
          headSha,
          state,
          mergeSha,
          ...text,
          labels: [...text.labels],
        }
        await giveUpKey(tx, text.key, number)
        await tx
          .insert(pullRequests)
          .values({ id: newId(), repositoryId: run.repository.id, runId, ...row })
          .onConflictDoUpdate({ target: pullRequests.key, set: { runId, headSha, state, url } })
        await tell(tx, 'effect', { kind: 'pull_request', number, url, state })
        await appendAudit(tx, {
          runId,
          actor: agent,
          action: 'pull_request.opened',
          data: { number, url, branch, target, headSha },
        })
      }),
    merged: (ref, labelsGone = []) => fenced((tx) => merged(tx, input, ref, labelsGone)),
    ...createEffects(input),

    ...createLearnings({ db, fenced, runId, repositoryId: run.repository.id }),
    async beadsOf(step) {
      const rows = await db
        .select({ id: beads.id, attempt: beads.attempt, summary: beads.summary })
        .from(beads)
        .where(and(eq(beads.runId, runId), eq(beads.step, step)))
        .orderBy(asc(beads.seq))
      return rows
    },
  }
}

async function addToBead(tx: Tx, beadId: string, micros: number): Promise<void> {
  await tx
    .update(beads)
    .set({ costMicros: sql`${beads.costMicros} + ${micros}` })
    .where(eq(beads.id, beadId))
}

/** The parts of evidence that an audit entry carries: never the cases or findings themselves. */
function brief(found: Evidence): Record<string, unknown> {
  switch (found.kind) {
    case 'tests':
      return {
        passed: found.passed,
        failed: found.failed,
        skipped: found.skipped,
        exitCode: found.exitCode,
        commit: found.commit,
      }
    case 'lint':
    case 'types':
      return { findings: found.findings.length, exitCode: found.exitCode, commit: found.commit }
    case 'coverage':
      return { linesPercent: found.linesPercent, commit: found.commit }
    case 'setup':
      return { hash: found.hash, cached: found.cached }
    case 'secrets':
      return { findings: found.findings.length, commit: found.commit }
    case 'diff':
      return { files: found.files.length, added: found.added, removed: found.removed, commit: found.commit }
    case 'proof':
      return { provenBy: found.provenBy.length, commit: found.commit }
    default:
      return found satisfies never
  }
}

async function latestEvidence<K extends Evidence['kind']>(
  db: Db,
  runId: string,
  phase: 'baseline' | 'change',
  kind: K,
): Promise<Extract<Evidence, { kind: K }> | null> {
  const [row] = await db
    .select({ data: evidence.data })
    .from(evidence)
    .where(and(eq(evidence.runId, runId), eq(evidence.phase, phase), eq(evidence.kind, kind)))
    .orderBy(desc(evidence.createdAt))
    .limit(1)
  return row ? ofKind(evidenceSchema.parse(row.data), kind) : null
}

/** Guarantees by the check that the evidence is of the kind asked for. */
function ofKind<K extends Evidence['kind']>(found: Evidence, kind: K): Extract<Evidence, { kind: K }> | null {
  return found.kind === kind ? (found as Extract<Evidence, { kind: K }>) : null
}

async function accountsOf({ db, run, config }: RecordInput): Promise<AccountLimit[]> {
  const { budget } = await config()
  const day = (await databaseNow(db)).toISOString().slice(0, 10)
  const [current] = await db.select({ micros: runs.budgetMicros }).from(runs).where(eq(runs.id, run.id))
  const micros = (usd: number | null) => (usd === null ? null : Math.round(usd * 1_000_000))
  const limits = [
    current?.micros ?? run.budgetMicros,
    micros(budget.per_repository_day_usd),
    micros(budget.per_trigger_day_usd),
    micros(budget.per_day_usd),
  ]
  const keys = accountKeys({ id: run.id, repositoryId: run.repository.id, trigger: run.trigger }, day)
  return keys.map((key, index) => ({ key, limitMicros: limits[index] ?? null }))
}

/** The gate, the change that it is about, who is told, and both on record: one call. */
async function openGate({ db, claim, run, bead }: RecordInput, opening: GateOpening): Promise<void> {
  const { diff, policy, name, reason, evidenceHash, baseSha, headSha, leadsTo } = opening
  const id = newId()
  const content = redact(diff)
  const data = { gate: name, id, evidence: evidenceHash, reason }
  await callFunction(db, 'devpilot_open_gate', {
    run: run.id,
    lease_job: claim.jobId,
    lease_token: claim.token,
    bead: bead.id,
    diff: { id: newId(), content, sha256: sha256(content) },
    id,
    name,
    reason,
    policy,
    evidence: evidenceHash,
    base: baseSha,
    head: headSha,
    leadsTo,
    notifications: gateNews({ id, policy }, 'opened'),
    // Said first, and so numbered first: of one millisecond, entries are shown by their ids.
    void: { auditId: newId(), said: [run.id, ENGINE, 'gate.voided'].map(canonical).join() },
    audit: [auditDocument(run.id, { actor: ENGINE, action: 'gate.opened', data })],
    events: [eventDocument({ beadId: bead.id, kind: 'gate', data: { ...data, status: 'waiting' } })],
  })
  eventsAdded()
}

async function merged(
  tx: Tx,
  { run }: RecordInput,
  ref: PullRequestRef,
  labelsGone: readonly string[],
): Promise<void> {
  const labels = sql`${pullRequests.labels} - ${sql.param([...labelsGone])}::text[]`
  const pull = and(eq(pullRequests.runId, run.id), eq(pullRequests.number, ref.number))
  const updated = await tx
    .update(pullRequests)
    .set({ state: 'merged', mergeSha: ref.mergeSha, mergedAt: sql`now()`, labels })
    .where(and(pull, isNull(pullRequests.mergedAt)))
    .returning({ id: pullRequests.id })
  if (updated.length === 0) return
  await tx
    .insert(dailyStats)
    .values({
      day: today,
      repositoryId: run.repository.id,
      merged: 1,
      mergeSeconds: sinceStart(run.id),
    })
    .onConflictDoUpdate({
      target: [dailyStats.day, dailyStats.repositoryId],
      set: {
        merged: sql`${dailyStats.merged} + 1`,
        mergeSeconds: sql`${dailyStats.mergeSeconds} + excluded.merge_seconds`,
      },
    })
  const data = { number: ref.number, target: ref.target, mergeSha: ref.mergeSha }
  await appendAudit(tx, {
    runId: run.id,
    actor: ENGINE,
    action: 'merged',
    data,
  })
}

function sinceStart(runId: string) {
  return sql`(select extract(epoch from now() - created_at)::bigint from agent_runs where id = ${runId})`
}
