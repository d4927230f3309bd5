import type { z } from 'zod'
import type { RunFilters } from '@/lib/core/run-filters'
import type { Db } from '@/lib/db/client'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { csvLine } from '../csv'
import { parseInput } from '../parse'
import type { RunSummary } from '../views'
import { exportRunsInput } from './export-input'
import { sliceRuns, summaries } from './list'

const BATCH = 500

/**
 * Exactly the runs that the filters hold for, the newest first, as CSV or JSON lines, in blocks of up to 500.
 * Authorisation and input are checked before the first block is asked for.
 */
export function exportRuns({
  ctx,
  input = {},
}: {
  ctx: ServiceContext
  input?: z.input<typeof exportRunsInput>
}): AsyncGenerator<string, void, undefined> {
  authorise(ctx, 'read')
  const { format, ids, ...filters } = parseInput(exportRunsInput, input)
  const runs = ids === undefined ? matching(ctx.db, filters) : named(ctx.db, ids.split(','))
  return format === 'csv' ? asCsv(runs) : asLines(runs)
}

type Blocks = AsyncGenerator<readonly RunSummary[], void, undefined>

/** Every bounded look goes on where the last one stopped, until there is nothing more. */
async function* matching(db: Db, filters: RunFilters): Blocks {
  let cursor: { readonly at: Date; readonly id: string } | null = null
  do {
    const { items, more, stoppedAt }: Awaited<ReturnType<typeof sliceRuns>> = await sliceRuns(
      db,
      filters,
      { cursor, towards: 'older' },
      BATCH,
    )
    yield items
    const last = items.at(-1)
    cursor = more && last ? { at: new Date(last.createdAt), id: last.id } : stoppedAt
  } while (cursor)
}

async function* named(db: Db, ids: readonly string[]): Blocks {
  yield await summaries(db, [...new Set(ids)])
}

async function* asLines(blocks: Blocks): AsyncGenerator<string, void, undefined> {
  for await (const runs of blocks)
    if (runs.length > 0) yield runs.map((run) => `${JSON.stringify(run)}\n`).join('')
}

const columns: readonly (readonly [name: string, of: (run: RunSummary) => string | number | null])[] = [
  ['id', (run) => run.id],
  ['created_at', (run) => run.createdAt],
  ['started_at', (run) => run.startedAt],
  ['ended_at', (run) => run.endedAt],
  ['status', (run) => run.status],
  ['title', (run) => run.title],
  ['repository', (run) => run.repository?.name ?? null],
  ['flow', (run) => run.flow],
  ['trigger', (run) => run.trigger],
  ['requested_by', (run) => run.requestedBy.name],
  ['branch', (run) => run.branch],
  ['target', (run) => run.target],
  ['step', (run) => run.step],
  ['detail', (run) => run.detail],
  ['score', (run) => run.score],
  ['cost_usd', (run) => run.costMicros / 1_000_000],
  ['input_tokens', (run) => run.inputTokens],
  ['output_tokens', (run) => run.outputTokens],
  ['turns', (run) => run.turns],
  ['agents', (run) => run.agents.join(' ')],
  ['models', (run) => run.models.join(' ')],
]

async function* asCsv(blocks: Blocks): AsyncGenerator<string, void, undefined> {
  yield csvLine(columns.map(([name]) => name))
  for await (const runs of blocks) {
    if (runs.length > 0) yield runs.map((run) => csvLine(columns.map(([, of]) => of(run)))).join('')
  }
}
