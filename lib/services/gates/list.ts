import { and, asc, desc, eq, inArray, ne, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import { gateStatusNames, gates, runs } from '@/drizzle/schema'
import { mayDecide } from '@/lib/core/approver'
import type { Db } from '@/lib/db/client'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { decodeCursor, encodeCursor, newerThan, olderThan, pageInput, toPage } from '../cursor'
import { parseInput } from '../parse'
import { wordsIn } from '../runs/conditions'
import { estimates, READ_AT_MOST } from '../runs/estimates'
import type { GateItem, Page } from '../views'
import { glanceAt } from './glance'
import { type GateListRow, selectGates, toGateSummary } from './view'
import { asKnownNow, askedGate, decisionsAt, waitsFor } from './who'

const flag = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')
  .or(z.boolean())

export const listGatesInput = z.strictObject({
  ...pageInput,
  /** Without it: those that wait for people. `closed`: all others, the last closed first. */
  status: z.enum([...gateStatusNames, 'closed', 'all']).default('waiting'),
  run: z.uuid().optional(),
  repository: z.uuid().optional(),
  /** Of those that wait: whose approval by who asks is missing, or all others. */
  whose: z.enum(['mine', 'others']).optional(),
  /** Only those whose time is over. */
  overdue: flag.optional(),
  /** Words of the run, or their beginnings, as the timeline looks for them. */
  q: z.string().max(200).optional(),
  order: z.enum(['newest', 'oldest']).default('newest'),
})
type Wanted = z.output<typeof listGatesInput>

export interface GatePage extends Page<GateItem> {
  /** Words hold for so few gates that not all were looked at: up to this time they were. `next` goes on from there. */
  readonly lookedBackTo: string | null
}

/**
 * Gates, the newest first unless asked for otherwise, with what an inbox shows of each. Whatever the words, and however
 * many gates are closed, it takes a bounded time.
 */
export async function listGates({
  ctx,
  input = {},
}: {
  ctx: ServiceContext
  input?: z.input<typeof listGatesInput>
}): Promise<GatePage> {
  authorise(ctx, 'read')
  const wanted = parseInput(listGatesInput, input)
  const { limit, status } = wanted
  const after = decodeCursor(wanted.cursor)
  const at = status === 'closed' ? gates.closedAt : gates.openedAt
  const [way, beyond] = wanted.order === 'oldest' ? [asc, newerThan] : [desc, olderThan]
  const order = [way(at), way(gates.id)]
  const like = and(...conditions(ctx, wanted), beyond(at, gates.id, after))
  const search = wanted.q ? await searchFor(ctx.db, wanted.q, { like, order, count: limit + 1 }) : null
  const rows = await selectGates(ctx.db)
    .where(search ? search.where : like)
    .orderBy(...order)
    .limit(limit + 1)
  const shown = rows.slice(0, limit)
  const waiting = shown.filter(({ gate }) => gate.status === 'waiting').map(({ gate }) => gate.id)
  const [decisions, glances, known, stop] = await Promise.all([
    decisionsAt(ctx.db, waiting),
    glanceAt(ctx.db, waiting),
    asKnownNow(
      ctx.db,
      ctx,
      shown.map(({ run }) => run.requestedBy),
    ),
    rows.length > limit ? null : (search?.stoppedAt() ?? null),
  ])
  const page = toPage(
    rows,
    limit,
    ({ gate }) => encodeCursor(timeOf(gate, status), gate.id),
    (row) => toItem(ctx, row, { decisions, glances, known }),
  )
  if (!stop) return { ...page, lookedBackTo: null }
  const time = timeOf(stop, status)
  return { ...page, next: encodeCursor(time, stop.id), lookedBackTo: time.toISOString() }
}

function conditions(ctx: ServiceContext, wanted: Wanted): (SQL | undefined)[] {
  const { status, run, repository, whose, overdue } = wanted
  const waiting = eq(gates.status, 'waiting')
  return [
    status === 'all'
      ? undefined
      : status === 'closed'
        ? ne(gates.status, 'waiting')
        : eq(gates.status, status),
    run ? eq(gates.runId, run) : undefined,
    repository ? eq(runs.repositoryId, repository) : undefined,
    whose === undefined
      ? undefined
      : whose === 'mine'
        ? and(waiting, waitsFor(ctx))
        : and(waiting, sql`not (${waitsFor(ctx)})`),
    overdue ? eq(gates.overdue, true) : undefined,
  ]
}

interface Search {
  readonly where: SQL | undefined
  /** The last gate that was gone through, where there may be others beyond it. */
  stoppedAt(): Promise<GatePlace | null>
}
type GatePlace = Pick<GateListRow['gate'], 'id' | 'openedAt' | 'closedAt'>

/** Of words that few runs have, their gates; of others, those among the first gates by the order. */
async function searchFor(
  db: Db,
  text: string,
  { like, order, count }: { readonly like: SQL | undefined; readonly order: SQL[]; readonly count: number },
): Promise<Search> {
  const words = wordsIn(text)
  const whole = async () => null
  if (words.length === 0) return { where: sql`false`, stoppedAt: whole }
  const said = and(...words.map((word) => word.sql))
  const rarest = Math.min(...(await estimates(db, words)).values())
  if (rarest <= READ_AT_MOST) {
    const theirs = sql`${gates.runId} = any(array(select r.id from agent_runs r where ${said}))`
    return { where: and(like, theirs), stoppedAt: whole }
  }
  const { id, runId, openedAt, closedAt } = gates
  const inOrder = () =>
    db
      .select({ id, runId, openedAt, closedAt })
      .from(gates)
      .innerJoin(runs, eq(runs.id, runId))
      .where(like)
      .orderBy(...order)
  const first = inOrder().limit(READ_AT_MOST).as('first')
  const theirs = sql`(select true from agent_runs r where r.id = ${first.runId} and ${said})`
  return {
    where: inArray(gates.id, db.select({ id: first.id }).from(first).where(theirs).limit(count)),
    async stoppedAt() {
      const [last] = await inOrder()
        .limit(1)
        .offset(READ_AT_MOST - 1)
      return last ?? null
    },
  }
}

function timeOf(gate: GatePlace, status: Wanted['status']): Date {
  return status === 'closed' ? (gate.closedAt ?? gate.openedAt) : gate.openedAt
}

/** What was looked up for all gates of a page at once. */
interface Beside {
  readonly decisions: Awaited<ReturnType<typeof decisionsAt>>
  readonly glances: Awaited<ReturnType<typeof glanceAt>>
  readonly known: Awaited<ReturnType<typeof asKnownNow>>
}

function toItem(ctx: ServiceContext, row: GateListRow, { decisions, glances, known }: Beside): GateItem {
  const { gate, run } = row
  const asked = askedGate({
    gate,
    requestedBy: known(run.requestedBy),
    decisions: decisions.get(gate.id) ?? [],
  })
  return {
    ...toGateSummary(row),
    ...run,
    mayApprove: mayDecide(ctx, asked, 'approve'),
    glance: glances.get(gate.id) ?? [],
  }
}
