import { and, asc, eq, inArray, lt, lte, ne, sql } from 'drizzle-orm'
import { artifacts, beads, codeReviews, evaluations, evidence, turns } from '@/drizzle/schema'
import type { Inherited } from '@/lib/core/fork'
import type { RunState } from '@/lib/core/run'
import type { Tx } from '@/lib/db/client'
import { newId } from '@/lib/db/ids'
import type { BeadRow, Place, TurnRow } from './fork-place'

/** Rows of one INSERT: with 25 columns each, far under the 65,535 parameters that Postgres takes. */
const CHUNK = 200

export interface Copied {
  readonly beads: number
  readonly turns: number
  readonly costMicros: number
  /** Of the last evaluation that was taken over. */
  readonly score: number | null
}

/**
 * Takes over what the original has on record up to a place. What was paid there costs nothing here: its cost stands
 * in `inherited`, so that budgets and statistics count it once. Approvals and effects are the original's alone.
 * @param state what the fork begins with
 */
export async function copyRecord(tx: Tx, fork: string, place: Place, state: RunState): Promise<Copied> {
  const { bead, turns: taken, whole } = place
  const before = await tx
    .select()
    .from(beads)
    .where(and(eq(beads.runId, bead.runId), lt(beads.seq, bead.seq), ne(beads.category, 'effect')))
    .orderBy(asc(beads.seq))
  const ids = new Map([...before, bead].map((row) => [row.id, newId()]))
  const old = before.map((row) => row.id)
  const paid = old.length === 0 ? [] : await tx.select().from(turns).where(inArray(turns.beadId, old))
  const kept = before.map((row) =>
    copyOf(
      row,
      paid.filter((turn) => turn.beadId === row.id),
    ),
  )
  if (taken.length > 0) kept.push({ ...begunAgain(bead, taken), state })
  const move = <R extends { id: string; beadId: string | null }>(row: R) => ({
    ...row,
    id: newId(),
    runId: fork,
    beadId: row.beadId === null ? null : (ids.get(row.beadId) ?? null),
  })
  await chunked(kept, (rows) =>
    tx.insert(beads).values(
      rows.map((row) => ({
        ...row,
        id: ids.get(row.id) ?? newId(),
        runId: fork,
        // The bead that is gone on with is under way from now on.
        startedAt: row.id === bead.id ? sql`now()` : row.startedAt,
      })),
    ),
  )
  await chunked([...paid, ...taken], (rows) =>
    tx.insert(turns).values(
      rows.map((row) => ({
        ...row,
        id: newId(),
        runId: fork,
        beadId: ids.get(row.beadId) ?? row.beadId,
        costMicros: 0,
        inheritedMicros: costOf(row),
      })),
    ),
  )
  const checked = whole ? [...old, bead.id] : old
  if (checked.length > 0) {
    const checks = await tx.select().from(evidence).where(inArray(evidence.beadId, checked))
    await chunked(checks, (rows) => tx.insert(evidence).values(rows.map(move)))
  }
  if (old.length > 0) {
    const texts = await tx.select().from(artifacts).where(inArray(artifacts.beadId, old))
    await chunked(texts, (rows) => tx.insert(artifacts).values(rows.map(move)))
    const reviews = await tx.select().from(codeReviews).where(inArray(codeReviews.beadId, old))
    await chunked(reviews, (rows) => tx.insert(codeReviews).values(rows.map(move)))
  }
  return {
    beads: kept.length,
    turns: paid.length + taken.length,
    costMicros: kept.reduce((sum, row) => sum + (row.inherited?.costMicros ?? 0), 0),
    score: await copyEvaluations(tx, fork, bead),
  }
}

const nothing = { costMicros: 0, inputTokens: 0, outputTokens: 0 } as const

function copyOf(row: BeadRow, its: readonly TurnRow[]): BeadRow {
  const inherited: Inherited = {
    ...(row.inherited ?? { run: row.runId, bead: row.id }),
    turns: its.length,
    costMicros: row.costMicros + (row.inherited?.costMicros ?? 0),
    inputTokens: row.inputTokens + (row.inherited?.inputTokens ?? 0),
    outputTokens: row.outputTokens + (row.inherited?.outputTokens ?? 0),
  }
  return { ...row, ...nothing, kept: null, inherited }
}

/** The bead as a worker that was stopped after these turns would have left it. */
function begunAgain(row: BeadRow, taken: readonly TurnRow[]): BeadRow {
  const inherited: Inherited = {
    run: row.runId,
    bead: row.id,
    turns: taken.length,
    costMicros: taken.reduce((sum, turn) => sum + costOf(turn), 0),
    inputTokens: taken.reduce((sum, turn) => sum + turn.usage.inputTokens, 0),
    outputTokens: taken.reduce((sum, turn) => sum + turn.usage.outputTokens, 0),
  }
  const open = {
    status: 'running' as const,
    begun: 0,
    kept: null,
    outcome: null,
    summary: {},
    headSha: null,
    endedAt: null,
  }
  return { ...row, ...nothing, ...open, inherited }
}

const costOf = (turn: TurnRow): number => turn.costMicros + (turn.inheritedMicros ?? 0)

async function copyEvaluations(tx: Tx, fork: string, { runId, startedAt }: BeadRow): Promise<number | null> {
  if (startedAt === null) return null
  const rows = await tx
    .select()
    .from(evaluations)
    .where(and(eq(evaluations.runId, runId), lte(evaluations.createdAt, startedAt)))
    .orderBy(asc(evaluations.createdAt))
  await chunked(rows, (some) =>
    tx.insert(evaluations).values(some.map((row) => ({ ...row, id: newId(), runId: fork }))),
  )
  return rows.at(-1)?.score ?? null
}

async function chunked<R>(rows: readonly R[], insert: (rows: R[]) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < rows.length; at += CHUNK) await insert(rows.slice(at, at + CHUNK))
}
