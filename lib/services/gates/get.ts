import { asc, eq } from 'drizzle-orm'
import { z } from 'zod'
import { artifacts, gateDecisions, gates, runs } from '@/drizzle/schema'
import { mayDecide } from '@/lib/core/approver'
import type { Db } from '@/lib/db/client'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import { evidenceOf, pullRequestOf, reviewsOf, wayBack } from '../runs/parts'
import type { GateView } from '../views'
import { commentsOf } from './comments'
import { overNow } from './late'
import { selectGates, toGateSummary } from './view'
import { asKnownNow, askedGate, decisionsAt } from './who'

export const getGateInput = z.strictObject({ gate: z.uuid() })

/**
 * One gate with all that a decision is made from: the stored diff and the evidence of the very commit that it asks about
 * (and of the base), as they were when it was opened; plan, reviews, pull request and cost as the run has them now.
 * @throws AppError('not_found')
 */
export async function getGate({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof getGateInput>
}): Promise<GateView> {
  authorise(ctx, 'read')
  return gateView(ctx, parseInput(getGateInput, input).gate)
}

/** As `getGate`, without its authorisation: for who has just decided it. */
export async function gateView(ctx: ServiceContext, id: string): Promise<GateView> {
  const [row] = await selectGates(ctx.db).where(eq(gates.id, id))
  const [run] = row ? await ctx.db.select().from(runs).where(eq(runs.id, row.gate.runId)) : []
  if (!row || !run) throw noGate(id)
  const { gate } = row
  const [diff, checks, reviews, pullRequest, decisions, decided, comments, known, over] = await Promise.all([
    storedDiff(ctx.db, gate.diffArtifactId),
    evidenceOf(ctx.db, gate.runId),
    reviewsOf(ctx.db, gate.runId),
    pullRequestOf(ctx.db, gate.runId),
    decisionsOf(ctx.db, id),
    decisionsAt(ctx.db, [id]),
    commentsOf(ctx.db, gate),
    asKnownNow(ctx.db, ctx, [run.requestedBy]),
    overNow(ctx.db, gate, run.state),
  ])
  const asked = askedGate({ gate, requestedBy: known(run.requestedBy), decisions: decided.get(id) ?? [] })
  return {
    ...toGateSummary(row),
    baseSha: gate.baseSha,
    headSha: gate.headSha,
    branch: run.branch,
    target: run.target,
    diff,
    runStatus: run.status,
    plan: run.state?.tasks ?? [],
    reviews: reviews.map(({ headSha, review }) => ({ headSha, review })),
    checks: checks.filter(({ phase, commit }) => phase === 'baseline' || commit === gate.headSha),
    pullRequest,
    costMicros: run.costMicros,
    budgetMicros: run.budgetMicros,
    score: run.score,
    requestedBy: run.requestedBy,
    decisions,
    comments,
    adoptions: run.state?.counts.adoptions ?? 0,
    mayApprove: over ?? mayDecide(ctx, asked, 'approve'),
    mayReject: over ?? mayDecide(ctx, asked, 'reject'),
    sendsBackTo: wayBack({ ...run, status: 'rejected' }),
  }
}

export function noGate(id: string): AppError {
  return new AppError('not_found', `There is no gate ${id}.`, { mend: '`devpilot gate list` shows them.' })
}

async function storedDiff(db: Db, artifactId: string | null): Promise<string> {
  if (artifactId === null) return ''
  const [row] = await db
    .select({ content: artifacts.content })
    .from(artifacts)
    .where(eq(artifacts.id, artifactId))
  return row?.content ?? ''
}

async function decisionsOf(db: Db, gateId: string): Promise<GateView['decisions']> {
  const rows = await db
    .select()
    .from(gateDecisions)
    .where(eq(gateDecisions.gateId, gateId))
    .orderBy(asc(gateDecisions.at), asc(gateDecisions.id))
    .limit(100)
  return rows.map(({ decision, actor, reason, at }) => ({ decision, actor, reason, at: at.toISOString() }))
}
