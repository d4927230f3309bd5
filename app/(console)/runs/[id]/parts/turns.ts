import { href } from '@/components/params'
import type { TurnPage } from '@/components/runs/bead-panel'
import type { ServiceContext } from '@/lib/services/context'
import { turnHeads } from '@/lib/services/runs/turn-heads'
import type { BeadView } from '@/lib/services/views'

/** Turns of the selected bead that a page holds, however many there are. */
const shown = 50

export interface Turns extends TurnPage {
  readonly selected: number | null
}

interface Asked {
  readonly bead: BeadView
  readonly count: number
  readonly turn: number | null
  /** `seq` of the last turn before the window. */
  readonly after: number | null
}

/** The window of a bead's turns that the address asks for, or the one that its turn is in. */
export async function turnsAround(ctx: ServiceContext, { bead, count, turn, after }: Asked): Promise<Turns> {
  const start = after ?? (turn === null ? 0 : Math.floor((turn - 1) / shown) * shown)
  const input = { run: bead.runId, bead: bead.id, limit: shown, cursor: start }
  const page = await turnHeads({ ctx, input })
  const path = `/runs/${bead.runId}`
  const from = (cursor: number) => href(path, { bead: bead.seq, after: cursor > 0 ? cursor : null })
  return {
    turns: page.items,
    count,
    selected: turn,
    href: (seq) => href(path, { bead: bead.seq, turn: seq }),
    earlier: start > 0 ? from(Math.max(0, start - shown)) : null,
    later: page.next === null ? null : from(Number(page.next)),
  }
}
