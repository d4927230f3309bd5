import { and, asc, desc, eq, ne, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import { gateStatusNames, gates, runs } from '@/drizzle/schema'
import { mayDecide } from '@/lib/core/approver'
import type { Db } from '@/lib/db/client'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { decodeCursor, encodeCursor, newerThan, olderThan, pageInput, toPage } from '../cursor'
import { parseInput } from '../parse'
import { wordsIn } from '../runs/conditions'
import { estimates } from '../runs/estimates'
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

/** Gates, the newest first unless asked for otherwise, with what an inbox shows of each. */
export async function listGates({
  ctx,
  input = {},
}: {
  ctx: ServiceContext
  input?: z.input<typeof listGatesInput>
}): Promise<Page<GateItem>> {
  authorise(ctx, 'read')
  const wanted = parseInput(listGatesInput, input)
  const after = decodeCursor(wanted.cursor)
  const at = wanted.status === 'closed' ? gates.closedAt : gates.openedAt
  const [way, beyond] = wanted.order === 'oldest' ? [asc, newerThan] : [desc, olderThan]
  const said = wanted.q ? await withWords(ctx.db, wanted.q) : undefined
  const rows = await selectGates(ctx.db)
    .where(and(...conditions(ctx, wanted), said, beyond(at, gates.id, after)))
    .orderBy(way(at), way(gates.id))
    .limit(wanted.limit + 1)
  const shown = rows.slice(0, wanted.limit)
  const waiting = shown.filter(({ gate }) => gate.status === 'waiting').map(({ gate }) => gate.id)
  const [decisions, glances, known] = await Promise.all([
    decisionsAt(ctx.db, waiting),
    glanceAt(ctx.db, waiting),
    asKnownNow(
      ctx.db,
      ctx,
      shown.map(({ run }) => run.requestedBy),
    ),
  ])
  return toPage(
    rows,
    wanted.limit,
    ({ gate }) => encodeCursor(timeOf(gate, wanted.status), gate.id),
    (row) => toItem(ctx, row, { decisions, glances, known }),
  )
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

/** Runs are looked up first where they are few: the others are met soon by going through the gates in their order. */
const FEW = 5_000

async function withWords(db: Db, text: string): Promise<SQL> {
  const words = wordsIn(text)
  if (words.length === 0) return sql`false`
  const like = and(...words.map((word) => word.sql))
  const rarest = Math.min(...(await estimates(db, words)).values())
  return rarest <= FEW
    ? sql`${gates.runId} = any(array(select r.id from agent_runs r where ${like}))`
    : sql`(select true from agent_runs r where r.id = ${gates.runId} and ${like})`
}

function timeOf(gate: GateListRow['gate'], status: Wanted['status']): Date {
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
