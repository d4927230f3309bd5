import { getTableColumns, sql } from 'drizzle-orm'
import { beads } from '@/drizzle/schema'
import { isoOrNull } from '../runs/summary'
import type { BeadView } from '../views'

const { state, kept: _kept, begun: _begun, ...shown } = getTableColumns(beads)

/** Of the state before each bead, which holds the whole plan, a view only tells whether it is there. */
export const beadColumns = { ...shown, forkable: sql<boolean>`${state} is not null` }

type BeadRow = Omit<BeadView, 'startedAt' | 'endedAt'> & {
  readonly startedAt: Date | null
  readonly endedAt: Date | null
}

export function toBeadView(row: BeadRow): BeadView {
  return { ...row, startedAt: isoOrNull(row.startedAt), endedAt: isoOrNull(row.endedAt) }
}
