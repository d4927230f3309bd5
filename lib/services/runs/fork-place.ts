import { and, asc, eq, lte } from 'drizzle-orm'
import { beads, turns } from '@/drizzle/schema'
import type { RunState } from '@/lib/core/run'
import type { Tx } from '@/lib/db/client'
import { AppError } from '@/lib/errors'

export type BeadRow = typeof beads.$inferSelect
export type TurnRow = typeof turns.$inferSelect

/** The bead that a fork begins at, the state before it, and those of its turns that are taken over. */
export interface Place {
  readonly bead: BeadRow
  readonly before: RunState
  readonly turns: readonly TurnRow[]
  /** The conversation is taken over to its end. */
  readonly whole: boolean
  /** Where the branch stood. */
  readonly headSha: string | null
}

/**
 * The place that somebody names.
 * @param at a bead's id or number, or a step: its last bead
 * @throws AppError('not_found' | 'bad_request' | 'unprocessable')
 */
export async function forkPlace(
  tx: Tx,
  run: string,
  { at, turn }: { readonly at: string; readonly turn: number | undefined },
): Promise<Place> {
  const rows = await tx.select().from(beads).where(eq(beads.runId, run)).orderBy(asc(beads.seq))
  const bead = named(rows, at)
  if (bead.status === 'skipped' && bead.state === null) {
    throw new AppError('bad_request', `at: ${bead.step} was skipped in this run.`, {
      place: 'at',
      mend: 'Fork at a step that the run came to.',
    })
  }
  if (bead.state === null) {
    throw new AppError(
      'unprocessable',
      `What came before ${bead.step} was not kept: this run is from an older DevPilot.`,
      {
        place: 'at',
        mend: 'Leave `at` out: the fork then begins anew with the same task.',
      },
    )
  }
  const taken = turn === undefined ? [] : await turnsUpTo(tx, bead, turn)
  const head = taken.findLast((one) => one.headSha !== null)?.headSha
  const last = turn === undefined ? undefined : await lastTurn(tx, bead.id)
  return {
    bead,
    before: bead.state,
    turns: taken,
    whole: bead.status === 'completed' && last === turn,
    headSha: head ?? bead.baseSha,
  }
}

function named(rows: readonly BeadRow[], at: string): BeadRow {
  const found =
    rows.find((bead) => bead.id === at.toLowerCase() || String(bead.seq) === at) ??
    rows.findLast((bead) => bead.step === at && bead.state !== null) ??
    rows.findLast((bead) => bead.step === at)
  if (found) return found
  const steps = [...new Set(rows.map((bead) => bead.step))]
  throw new AppError('not_found', `at: the run has no bead and has done no step "${at}".`, {
    place: 'at',
    mend: steps.length === 0 ? 'It has done nothing yet.' : `Its steps so far are ${steps.join(', ')}.`,
  })
}

async function turnsUpTo(tx: Tx, bead: BeadRow, turn: number): Promise<TurnRow[]> {
  const rows = await tx
    .select()
    .from(turns)
    .where(and(eq(turns.beadId, bead.id), lte(turns.seq, turn)))
    .orderBy(asc(turns.seq))
  if (rows.length === turn) return rows
  const has = rows.length === 1 ? '1 turn' : `${rows.length === 0 ? 'no' : rows.length} turns`
  throw new AppError('bad_request', `turn: ${bead.step} (bead ${bead.seq}) has ${has}.`, {
    place: 'turn',
    mend: rows.length === 0 ? 'Leave `turn` out.' : `Name one from 1 to ${rows.length}.`,
  })
}

async function lastTurn(tx: Tx, bead: string): Promise<number> {
  const rows = await tx.select({ seq: turns.seq }).from(turns).where(eq(turns.beadId, bead))
  return rows.reduce((most, { seq }) => Math.max(most, seq), 0)
}
