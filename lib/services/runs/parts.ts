import { and, asc, desc, eq, ne } from 'drizzle-orm'
import { codeReviews, effects, evaluations, evidence, pullRequests } from '@/drizzle/schema'
import { sendsBackTo } from '@/lib/core/signal'
import type { HeedingStep } from '@/lib/core/wishes'
import type { Db, Tx } from '@/lib/db/client'
import type { EvidenceView, RunView } from '../views'
import { isoOrNull, type RunRow } from './summary'

/** The most rows of one kind that a view of a run holds. */
const MOST = 500

/** What checks produced for this run, the oldest first. */
export async function evidenceOf(db: Db | Tx, runId: string): Promise<EvidenceView[]> {
  const rows = await db
    .select()
    .from(evidence)
    .where(eq(evidence.runId, runId))
    .orderBy(asc(evidence.createdAt), asc(evidence.id))
    .limit(MOST)
  return rows.map(({ id, beadId, kind, phase, commit, data, createdAt }) => ({
    id,
    beadId,
    kind,
    phase,
    commit,
    data,
    createdAt: createdAt.toISOString(),
  }))
}

export async function reviewsOf(db: Db | Tx, runId: string): Promise<RunView['reviews']> {
  const rows = await db
    .select()
    .from(codeReviews)
    .where(eq(codeReviews.runId, runId))
    .orderBy(asc(codeReviews.createdAt), asc(codeReviews.id))
    .limit(MOST)
  return rows.map(({ beadId, source, headSha, review }) => ({ beadId, source, headSha, review }))
}

/** The newest pull request of the run. */
export async function pullRequestOf(db: Db | Tx, runId: string): Promise<RunView['pullRequest']> {
  const [row] = await db
    .select()
    .from(pullRequests)
    .where(eq(pullRequests.runId, runId))
    .orderBy(desc(pullRequests.createdAt))
    .limit(1)
  if (!row) return null
  const { number, url, title, body, branch, target, headSha, state, labels, mergeSha } = row
  const times = { createdAt: row.createdAt.toISOString(), mergedAt: isoOrNull(row.mergedAt) }
  return { number, url, title, body, branch, target, headSha, state, labels, mergeSha, ...times }
}

/** The newest evaluation of the run. */
export async function evaluationOf(db: Db | Tx, runId: string): Promise<RunView['evaluation']> {
  const [row] = await db
    .select({ score: evaluations.score, parts: evaluations.parts })
    .from(evaluations)
    .where(eq(evaluations.runId, runId))
    .orderBy(desc(evaluations.createdAt))
    .limit(1)
  return row ?? null
}

/** What the run did outside, or began to, the oldest first. The copy of the audit log is nothing outside. */
export async function effectsOf(db: Db | Tx, runId: string): Promise<RunView['effects']> {
  const rows = await db
    .select()
    .from(effects)
    .where(and(eq(effects.runId, runId), ne(effects.kind, 'audit-copy')))
    .orderBy(asc(effects.createdAt), asc(effects.key))
    .limit(MOST)
  return rows.map(({ key, kind, intent, result, attempts, createdAt, doneAt }) => ({
    key,
    kind,
    outcome: outcomeOf(result),
    intent,
    attempts,
    begunAt: createdAt.toISOString(),
    doneAt: isoOrNull(doneAt),
  }))
}

function outcomeOf(result: Record<string, unknown> | null): RunView['effects'][number]['outcome'] {
  if (result === null) return 'unknown'
  if (result.refused !== undefined) return 'refused'
  return result.found === true ? 'found' : 'made'
}

/** Where a rejected run is best sent back to. A recording has no answer to what people say: it goes nowhere. */
export function wayBack({
  state,
  status,
  overrides,
}: Pick<RunRow, 'state' | 'status' | 'overrides'>): HeedingStep | null {
  return state && overrides?.recording === undefined ? sendsBackTo({ ...state, status }) : null
}
