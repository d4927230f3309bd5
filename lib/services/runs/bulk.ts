import { z } from 'zod'
import { type RunFilters, runFilterSchema } from '@/lib/core/run-filters'
import { isEnded, type RunStatus, runStatuses, runStatusNames } from '@/lib/core/status'
import { AppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { decodeCursor, encodeCursor, LAST_ID } from '../cursor'
import { parseInput } from '../parse'
import type { BulkSlice, RunSummary } from '../views'
import { sliceRuns, summaries } from './list'
import { signalRun } from './signal'

/** Runs of one slice: each is a transaction of its own, and the page shows how far it is after every slice. */
const SLICE = 20

export const bulkRunsInput = z.strictObject({
  kind: z.enum(['cancel', 'retry']),
  reason: z.string().trim().min(1).max(2_000).optional(),
  /** These runs, or all that the filters hold for. */
  of: z.union([
    z.strictObject({ runs: z.array(z.uuid()).min(1).max(SLICE) }),
    z.strictObject({
      filters: runFilterSchema,
      /** Where to go on: `next` of the slice before. */
      cursor: z.string().max(500).optional(),
      /** Runs that were asked for later than this are left alone: whoever chose did not see them. */
      until: z.iso.datetime(),
    }),
  ]),
})

const allowed: Readonly<Record<'cancel' | 'retry', readonly RunStatus[]>> = {
  cancel: runStatusNames.filter((status) => !isEnded(status)),
  retry: runStatusNames.filter((status) => isEnded(status) && status !== 'succeeded'),
}

/**
 * Cancels or retries one slice of runs, each by itself and audited as if it were done alone; one that cannot be keeps
 * none of the others. Of filters only runs whose status allows it are taken; of runs that are named, the others are
 * told as skipped.
 */
export async function bulkRuns({
  ctx,
  input,
}: {
  ctx: ServiceContext
  input: z.input<typeof bulkRunsInput>
}): Promise<BulkSlice> {
  authorise(ctx, 'trigger')
  const { kind, reason, of } = parseInput(bulkRunsInput, input)
  const slice = 'runs' in of ? await named(ctx, of.runs) : await matching(ctx, kind, of)
  const results: BulkSlice['results'] = []
  for (const { run, summary } of slice.runs) {
    const done = summary ? await one(ctx, kind, summary, reason) : gone
    const named = { title: summary?.title ?? null, repository: summary?.repository?.name ?? null }
    results.push({ run, ...named, ...done })
  }
  return { results, next: slice.next, lookedBackTo: slice.lookedBackTo }
}

interface Chosen {
  readonly runs: readonly { run: string; summary: RunSummary | null }[]
  readonly next: string | null
  readonly lookedBackTo: string | null
}

async function named(ctx: ServiceContext, ids: readonly string[]): Promise<Chosen> {
  const found = new Map((await summaries(ctx.db, ids)).map((run) => [run.id, run]))
  const runs = [...new Set(ids)].map((run) => ({ run, summary: found.get(run) ?? null }))
  return { runs, next: null, lookedBackTo: null }
}

async function matching(
  ctx: ServiceContext,
  kind: 'cancel' | 'retry',
  of: { filters: RunFilters; cursor?: string | undefined; until: string },
): Promise<Chosen> {
  const wanted = of.filters.status
  const status = allowed[kind].filter((one) => wanted === undefined || wanted.includes(one))
  if (status.length === 0) return { runs: [], next: null, lookedBackTo: null }
  const from = decodeCursor(of.cursor) ?? { at: new Date(of.until), id: LAST_ID }
  const place = { cursor: from, towards: 'older' } as const
  const { items, more, stoppedAt } = await sliceRuns(ctx.db, { ...of.filters, status }, place, SLICE)
  const last = items.at(-1)
  const stop = more && last ? { at: new Date(last.createdAt), id: last.id } : stoppedAt
  return {
    runs: items.map((summary) => ({ run: summary.id, summary })),
    next: stop ? encodeCursor(stop.at, stop.id) : null,
    lookedBackTo: stop ? stop.at.toISOString() : null,
  }
}

type Done = Omit<BulkSlice['results'][number], 'run' | 'title' | 'repository'>

const gone: Done = { outcome: 'skipped', message: 'There is no such run any more.' }

async function one(
  ctx: ServiceContext,
  kind: 'cancel' | 'retry',
  run: RunSummary,
  reason: string | undefined,
): Promise<Done> {
  if (!allowed[kind].includes(run.status)) {
    const word = runStatuses[run.status].label.toLowerCase()
    const done = kind === 'cancel' ? 'cancelled' : 'retried'
    return { outcome: 'skipped', status: run.status, message: `It is ${word}, which cannot be ${done}.` }
  }
  try {
    const { status } = await signalRun({ ctx, input: { kind, run: run.id, ...(reason ? { reason } : {}) } })
    return { outcome: 'done', status, message: runStatuses[status].label }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    // Somebody else was faster, or DevPilot does not drive it: nothing is wrong with it.
    const outcome = error.code === 'illegal_transition' || error.code === 'not_found' ? 'skipped' : 'failed'
    return { outcome, message: [error.message, error.mend].filter(Boolean).join(' ') }
  }
}
