import { and, asc, desc, eq } from 'drizzle-orm'
import { z } from 'zod'
import { artifacts, beads, gates, runs } from '@/drizzle/schema'
import type { Db } from '@/lib/db/client'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import { beadColumns, toBeadView } from '../beads/view'
import type { ServiceContext } from '../context'
import { lineCommentsOf } from '../gates/comments'
import { selectGates, toGateSummary } from '../gates/view'
import { parseInput } from '../parse'
import type { RunView } from '../views'
import { forkOf, forksOf } from './forks'
import { effectsOf, evaluationOf, evidenceOf, pullRequestOf, reviewsOf, wayBack } from './parts'
import { selectRuns, toRunSummary } from './summary'

export const getRunInput = z.strictObject({ run: z.uuid() })

/** The most beads that one view of a run holds; a run has at most `maxSteps` (200) of them. */
const MOST_BEADS = 500

/**
 * One run, whole.
 * @throws AppError('not_found')
 */
export async function getRun({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof getRunInput>
}): Promise<RunView> {
  authorise(ctx, 'read')
  const { run: id } = parseInput(getRunInput, input)
  const [row] = await selectRuns(ctx.db).where(eq(runs.id, id))
  if (!row) throw noRun(id)
  const { run, repository } = row
  const [ofGates, ofBeads, checks, reviews, pullRequest, evaluation, outside, diff, fork, forks] =
    await Promise.all([
      selectGates(ctx.db).where(eq(gates.runId, id)).orderBy(asc(gates.openedAt), asc(gates.id)),
      ctx.db
        .select(beadColumns)
        .from(beads)
        .where(eq(beads.runId, id))
        .orderBy(asc(beads.seq))
        .limit(MOST_BEADS),
      evidenceOf(ctx.db, id),
      reviewsOf(ctx.db, id),
      pullRequestOf(ctx.db, id),
      evaluationOf(ctx.db, id),
      effectsOf(ctx.db, id),
      lastDiff(ctx.db, id),
      forkOf(ctx.db, run),
      forksOf(ctx.db, id),
    ])
  const comments = ofGates.length === 0 ? [] : await lineCommentsOf(ctx.db, id, diff?.id ?? null)
  const waiting = ofGates.find(({ gate }) => gate.status === 'waiting')
  return {
    ...toRunSummary(run, repository, waiting?.gate.id ?? null),
    task: run.task,
    flowSteps: run.state?.flow ?? [],
    plan: run.state?.tasks ?? [],
    taskIndex: run.state?.taskIndex ?? 0,
    baseSha: run.baseSha,
    headSha: run.headSha,
    error: run.state?.error ?? null,
    beads: ofBeads.map(toBeadView),
    evidence: checks,
    reviews,
    gates: ofGates.map(toGateSummary),
    comments,
    pullRequest,
    evaluation,
    effects: outside,
    fork,
    forks,
    sendsBackTo: wayBack(run),
    diff: diff?.content ?? null,
  }
}

export function noRun(id: string): AppError {
  return new AppError('not_found', `There is no run ${id}.`, { mend: '`devpilot runs` lists them.' })
}

async function lastDiff(db: Db, runId: string): Promise<{ id: string; content: string } | undefined> {
  const [row] = await db
    .select({ id: artifacts.id, content: artifacts.content })
    .from(artifacts)
    .where(and(eq(artifacts.runId, runId), eq(artifacts.kind, 'diff')))
    .orderBy(desc(artifacts.createdAt), desc(artifacts.id))
    .limit(1)
  return row
}
