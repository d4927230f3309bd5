import { createHash } from 'node:crypto'
import { sql } from 'drizzle-orm'
import {
  artifacts,
  codeReviews,
  evaluations,
  gateComments,
  gates,
  pullRequests,
  repositories,
} from '@/drizzle/schema'
import { evidenceText } from '@/lib/core/gate'
import { appendAudit } from '@/lib/db/audit'
import type { Db } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import { type SeedBead, seedBeads, story } from './seed-beads'
import { bigDiff, diff, firstReview, hostile, issueBody, plan, secondReview } from './seed-content'
import { evaluation, seedEvidence } from './seed-evidence'
import { seedLearnings } from './seed-learnings'
import { seedDays, seedOld } from './seed-old'
import { base, flow, gate, head, owner, policy, seedRun } from './seed-run'
import { seedDead, seedFork } from './seed-travel'
import { seedWebhooks } from './seed-webhooks'

export interface Seeded {
  /** Runs by what they show. */
  readonly runs: Readonly<
    Record<'waiting' | 'reject' | 'stale' | 'hostile' | 'merged' | 'fork' | 'failed' | 'running', string>
  >
  /** Gates of the runs that wait. */
  readonly gates: Readonly<Record<'waiting' | 'reject' | 'stale' | 'hostile' | 'big', string>>
  /** One that failed. */
  readonly webhook: string
}

/** Fills a fresh database with runs as an installation has them after a fortnight. @param now what "now" is to them */
export async function seed(db: Db, now: Date, old = 120): Promise<Seeded> {
  const repositoryId = await seedRepository(db, 'acme/calendar')
  const other = await seedRepository(db, 'acme/billing')
  const ago = (minutes: number): Date => new Date(now.getTime() - minutes * 60_000)
  await seedOld(db, [repositoryId, other], now, old)
  await seedDays(db, repositoryId, now)
  const wait = (title: string, minutes: number) => seedWaiting(db, { repositoryId, title, at: ago(minutes) })
  const hostileRun = await seedWaiting(db, {
    repositoryId,
    title: hostile.title,
    at: ago(190),
    diff: hostile.diff,
    content: hostile.content,
  })
  const big = await seedWaiting(db, {
    repositoryId,
    title: 'Regenerate the tables of public holidays',
    at: ago(175),
    diff: bigDiff(),
  })
  const stale = await wait('Round half cents to even in invoices', 160)
  const reject = await wait('Cache the calendar of public holidays', 95)
  const failed = await seedFailed(db, other, ago(70))
  const merged = await seedMerged(db, repositoryId, ago(48))
  await seedLearnings(db, { repositoryId, runId: merged, ago })
  const webhook = await seedWebhooks(db, { repositoryId, runId: merged, ago })
  const fork = await seedFork(db, merged, ago(30))
  await seedDead(db, other, 'Currency signs are lost in the PDF export', ago(64))
  await seedDead(db, repositoryId, 'Week numbers of the Persian calendar', ago(58))
  const waiting = await wait('Dates before 1970 are parsed a day early', 22)
  const running = await seedRunning(db, other, ago(2))
  // As the transactions that end runs do.
  await db.execute(
    sql`select devpilot_keep_ends(array(select id from agent_runs where ended_at is not null))`,
  )
  return {
    runs: {
      waiting: waiting.run,
      reject: reject.run,
      stale: stale.run,
      hostile: hostileRun.run,
      merged,
      fork,
      failed,
      running,
    },
    gates: {
      waiting: waiting.gate,
      reject: reject.gate,
      stale: stale.gate,
      hostile: hostileRun.gate,
      big: big.gate,
    },
    webhook,
  }
}

async function seedRepository(db: Db, name: string): Promise<string> {
  const id = newId()
  const source = `https://github.com/${name}.git`
  await db.insert(repositories).values({ id, name, forge: 'github', source, defaultBranch: 'main' })
  return id
}

interface SeedWaiting {
  readonly repositoryId: string
  readonly title: string
  readonly at: Date
  readonly diff?: string
  readonly content?: string
}

/** A run that stands at a gate with everything that a decision needs. */
async function seedWaiting(db: Db, input: SeedWaiting): Promise<{ run: string; gate: string }> {
  const reason = 'The rule pre-merge-main asks one person before anything is merged into main.'
  const resume = { step: 'merge' as const, index: flow.indexOf('merge'), taskIndex: 2, grants: [] }
  const run = await seedRun(db, {
    ...input,
    status: 'waiting_gate',
    score: evaluation.score,
    state: {
      step: gate,
      index: flow.indexOf(gate),
      taskIndex: 2,
      gate: { step: gate, reason, resume, timeouts: 0, overdue: false },
    },
  })
  const asked: SeedBead = { step: gate, outcome: { kind: 'waiting' }, seconds: 1, status: 'running' }
  const content = input.content === undefined ? {} : { content: input.content }
  const openedAt = await seedBeads(db, { runId: run, from: input.at, beads: [...story, asked], ...content })
  await seedChange(db, run, input.repositoryId, openedAt, { diff: input.diff ?? diff, merged: false })
  const artifactId = newId()
  const text = input.diff ?? diff
  await db.insert(artifacts).values({
    id: artifactId,
    runId: run,
    kind: 'diff',
    sha256: sha256(text),
    content: text,
    createdAt: openedAt,
  })
  const id = newId()
  const bound = {
    baseSha: base,
    headSha: head,
    diff: text,
    plan: JSON.stringify(plan),
    policy: JSON.stringify(policy),
  }
  await db.insert(gates).values({
    id,
    runId: run,
    name: 'pre-merge-main',
    status: 'waiting',
    reason,
    policy,
    evidenceHash: sha256(evidenceText(bound)),
    baseSha: base,
    headSha: head,
    diffArtifactId: artifactId,
    leadsTo: 'merge into main',
    expiresAt: new Date(openedAt.getTime() + 24 * 3_600_000),
    openedAt,
  })
  const said = ['Does the week view count on null here?', 'It did until #288; nothing calls it since.']
  for (const [index, body] of said.entries()) {
    const actor = {
      kind: 'user',
      id: index === 0 ? 'mia' : 'tom',
      name: index === 0 ? 'Mia' : 'Tom',
    } as const
    const at = new Date(openedAt.getTime() + (index + 1) * 60_000)
    const line = { path: 'src/parse.ts', side: 'old', line: 13 } as const
    const place = index === 0 && input.diff === undefined ? line : {}
    await db
      .insert(gateComments)
      .values({ id: newId(), gateId: id, actor, actorId: actor.id, body, at, ...place })
  }
  return { run, gate: id }
}

interface SeedChange {
  readonly diff: string
  readonly merged: boolean
}

/** Evidence, reviews, score and pull request of a change. */
async function seedChange(
  db: Db,
  runId: string,
  repositoryId: string,
  at: Date,
  change: SeedChange,
): Promise<void> {
  await seedEvidence(db, runId, base, head, at)
  for (const [index, review] of [firstReview, secondReview].entries()) {
    const createdAt = new Date(at.getTime() + index)
    await db
      .insert(codeReviews)
      .values({ id: newId(), runId, source: 'devpilot', headSha: head, review, createdAt })
  }
  await db.insert(evaluations).values({ id: newId(), runId, headSha: head, ...evaluation })
  const number = 300 + (await db.$count(pullRequests))
  await db.insert(pullRequests).values({
    id: newId(),
    repositoryId,
    runId,
    key: `${runId}:pull-request`,
    number,
    url: `https://github.com/acme/calendar/pull/${number}`,
    title: 'Count days in UTC',
    body: issueBody,
    branch: `devpilot/${runId.slice(-12)}`,
    target: 'main',
    headSha: head,
    state: change.merged ? 'merged' : 'draft',
    mergeSha: change.merged ? 'a81d5f03c9b7e2641f0d8c35ba9e7720461fd3ce' : null,
    mergedAt: change.merged ? at : null,
  })
}

async function seedMerged(db: Db, repositoryId: string, at: Date): Promise<string> {
  const ending = 'Merged into main by owner’s approval.'
  const title = 'Leap seconds break the week view'
  const endedAt = new Date(at.getTime() + 17 * 60_000)
  const state = { step: 'end' as const, taskIndex: 2, ending }
  const run = await seedRun(db, {
    repositoryId,
    title,
    status: 'succeeded',
    at,
    endedAt,
    state,
    score: evaluation.score,
  })
  const rest: SeedBead[] = [
    { step: gate, outcome: { kind: 'approved' }, seconds: 760 },
    { step: 'merge', outcome: { kind: 'done' }, seconds: 2 },
    { step: 'reflect', outcome: { kind: 'done' }, seconds: 6 },
  ]
  const end = await seedBeads(db, { runId: run, from: at, beads: [...story, ...rest] })
  await seedChange(db, run, repositoryId, end, { diff, merged: true })
  const kept = { id: newId(), runId: run, kind: 'diff', sha256: sha256(diff), content: diff }
  await db.insert(artifacts).values(kept)
  await db.transaction((tx) =>
    appendAudit(tx, {
      runId: run,
      actor: owner,
      action: 'gate.approved',
      data: { gate: 'pre-merge-main', head, reason: null, single_user: true },
    }),
  )
  return run
}

async function seedFailed(db: Db, repositoryId: string, at: Date): Promise<string> {
  const title = 'Invoice totals drift by a cent on long lists'
  const message = 'The model answered three times in a row with arguments that do not parse.'
  const mend = 'Retry from coder, or set another model for the coder in devpilot.yaml.'
  const endedAt = new Date(at.getTime() + 4 * 60_000)
  const error = { code: 'model_error', message, mend, step: 'coder' }
  const state = { step: 'coder' as const, error, ending: message }
  const run = await seedRun(db, {
    repositoryId,
    title,
    status: 'failed',
    at,
    endedAt,
    state,
    costMicros: 88_400,
  })
  const failed: SeedBead = {
    step: 'coder',
    taskId: 'T1',
    seconds: 61,
    turns: 4,
    status: 'failed',
    outcome: { kind: 'error', transient: false, code: 'model_error', message, mend },
  }
  await seedBeads(db, { runId: run, from: at, beads: [...story.slice(0, 2), failed] })
  return run
}

async function seedRunning(db: Db, repositoryId: string, at: Date): Promise<string> {
  const title = 'Export invoices as CSV with the customer’s own separator'
  const state = { step: 'coder' as const, taskIndex: 0 }
  const run = await seedRun(db, {
    repositoryId,
    title,
    status: 'running',
    at,
    state,
    costMicros: 56_500,
    trigger: 'cli',
  })
  const working: SeedBead = {
    step: 'coder',
    taskId: 'T1',
    seconds: 40,
    turns: 3,
    status: 'running',
    outcome: null,
  }
  await seedBeads(db, { runId: run, from: at, beads: [...story.slice(0, 2), working] })
  return run
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
