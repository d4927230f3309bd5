import { inArray } from 'drizzle-orm'
import { runs } from '@/drizzle/schema'
import type { RunFilters } from '@/lib/core/run-filters'
import type { Db } from '@/lib/db/client'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { decodeCursor, encodeCursor, type TimeCursor } from '../cursor'
import { parseInput } from '../parse'
import type { RunPage, RunSummary } from '../views'
import { wantedOf } from './conditions'
import { findRuns, type Place } from './find'
import { type ListRuns, listRunsInput } from './list-input'
import { selectRuns, toRunSummary, waitingGates } from './summary'

/** Runs, the newest first. Whatever the filters, and however many runs there are, it takes a bounded time. */
export async function listRuns({
  ctx,
  input = {},
}: {
  ctx: ServiceContext
  input?: ListRuns
}): Promise<RunPage> {
  authorise(ctx, 'read')
  const { limit, cursor, newer, ...filters } = parseInput(listRunsInput, input)
  const from = decodeCursor(newer ?? cursor)
  const place: Place = { cursor: from, towards: newer === undefined ? 'older' : 'newer' }
  const slice = await sliceRuns(ctx.db, filters, place, limit)
  const { items, more, stoppedAt } = slice
  const [first, last] = [items[0], items.at(-1)]
  const beyond = more && last ? cursorOf(last) : stoppedAt ? encodeCursor(stoppedAt.at, stoppedAt.id) : null
  const lookedBackTo = stoppedAt?.at.toISOString() ?? null
  if (place.towards === 'older') {
    // Where the cursor is, there was a row once: what came before it is a page.
    const back = first ? cursorOf(first) : (cursor ?? null)
    return { items, next: beyond, previous: from ? back : null, lookedBackTo }
  }
  const shown = [...items].reverse()
  const oldest = shown.at(-1)
  return { items: shown, next: oldest ? cursorOf(oldest) : (newer ?? null), previous: beyond, lookedBackTo }
}

const cursorOf = (run: RunSummary): string => encodeCursor(new Date(run.createdAt), run.id)

interface Slice {
  /** In the order of the way. */
  readonly items: readonly RunSummary[]
  readonly more: boolean
  readonly stoppedAt: TimeCursor | null
}

/** The runs nearest to a place that the filters hold for. */
export async function sliceRuns(db: Db, filters: RunFilters, place: Place, limit: number): Promise<Slice> {
  const wanted = await wantedOf(db, filters)
  if (!wanted) return { items: [], more: false, stoppedAt: null }
  const { rows, stoppedAt } = await findRuns(db, wanted, place, limit + 1)
  const items = await summaries(
    db,
    rows.slice(0, limit).map(({ id }) => id),
  )
  return { items, more: rows.length > limit, stoppedAt }
}

/** Runs by their ids, in their order; those that are gone meanwhile are left out. */
export async function summaries(db: Db, ids: readonly string[]): Promise<RunSummary[]> {
  if (ids.length === 0) return []
  const rows = await selectRuns(db).where(inArray(runs.id, [...ids]))
  const waiting = await waitingGates(
    db,
    rows.filter(({ run }) => run.status === 'waiting_gate').map(({ run }) => run.id),
  )
  const byId = new Map(
    rows.map(({ run, repository }) => [run.id, toRunSummary(run, repository, waiting.get(run.id) ?? null)]),
  )
  return ids.map((id) => byId.get(id)).filter((run) => run !== undefined)
}
