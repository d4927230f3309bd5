import type { beads } from '@/drizzle/schema'
import { isoOrNull } from '../runs/summary'
import type { BeadView } from '../views'

export function toBeadView(row: typeof beads.$inferSelect): BeadView {
  const { state, begun: _, ...shown } = row
  return {
    ...shown,
    forkable: state !== null,
    startedAt: isoOrNull(row.startedAt),
    endedAt: isoOrNull(row.endedAt),
  }
}
