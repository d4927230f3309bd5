import { and, desc, eq, inArray } from 'drizzle-orm'
import { z } from 'zod'
import { jobs, runs } from '@/drizzle/schema'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { MAX_LIMIT } from '../cursor'
import { parseInput } from '../parse'
import type { Requeued } from '../views'
import { deadCount } from './dead'
import { signalRun } from './signal'

export const requeueRunsInput = z.strictObject({
  runs: z
    .array(z.uuid())
    .min(1)
    .max(MAX_LIMIT)
    .optional()
    .describe(`Without it all that were given up, at most ${MAX_LIMIT} at once.`),
  reason: z.string().trim().min(1).max(2_000).optional(),
})

/**
 * Puts runs back that were given up: each is retried at the step that it stopped at, by itself, and has a result of
 * its own; one that cannot be put back keeps none of the others.
 */
export async function requeueRuns({
  ctx,
  input = {},
}: {
  ctx: ServiceContext
  input?: z.input<typeof requeueRunsInput>
}): Promise<Requeued> {
  authorise(ctx, 'trigger')
  const { runs: named, reason = 'Put back after it was given up.' } = parseInput(requeueRunsInput, input)
  const dead = new Map((await deadRuns(ctx, named)).map((run) => [run.id, run.title]))
  const results: Requeued['results'] = []
  for (const run of new Set(named ?? dead.keys())) {
    const title = dead.get(run)
    results.push(
      title === undefined
        ? { run, title: null, ok: false, error: notDead }
        : { run, title, ...(await putBack(ctx, run, reason)) },
    )
  }
  return { results, left: await deadCount(ctx.db) }
}

const notDead = {
  code: 'illegal_transition',
  message: 'This run was not given up, or was put back already.',
  mend: '`devpilot runs --dead` lists those that were.',
}

async function putBack(ctx: ServiceContext, run: string, reason: string) {
  try {
    const { status, step } = await signalRun({ ctx, input: { kind: 'retry', run, reason } })
    return { ok: true as const, status, step }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const { code, message, mend } = error
    return { ok: false as const, error: { code, message, ...(mend === undefined ? {} : { mend }) } }
  }
}

async function deadRuns(ctx: ServiceContext, named: readonly string[] | undefined) {
  return ctx.db
    .select({ id: runs.id, title: runs.title })
    .from(jobs)
    .innerJoin(runs, eq(runs.id, jobs.runId))
    .where(and(eq(jobs.state, 'dead'), named ? inArray(runs.id, [...named]) : undefined))
    .orderBy(desc(jobs.deadAt))
    .limit(MAX_LIMIT)
}
