import type { BeadView } from '@/lib/services/views'
import type { TurnHead } from '@/lib/services/views/turns'

/** Where a bead's bar stands on the run's one time axis. */
export interface Bar {
  /** 0 to 1. */
  readonly start: number
  readonly width: number
  readonly ms: number
  /** The bar is cut: it lasted longer than it is drawn. */
  readonly cut: boolean
}

export interface Axis {
  readonly bars: ReadonlyMap<string, Bar>
  /** Time that beads took, waits for people left out, in ms. */
  readonly workMs: number
}

/** A wait for people is drawn no longer than this share of the work, or hours at a gate would hide minutes of work. */
const gateShare = 0.15

/**
 * One axis for all beads of a run. Beads follow each other, so a bar starts where the one before ends: pauses between
 * them are left out.
 * @param now in ms, the end of what still runs
 */
export function layoutAxis(beads: readonly BeadView[], now: number): Axis {
  const spans = beads.map((bead) => ({ bead, ms: lasted(bead, now), gate: bead.category === 'gate' }))
  const workMs = spans.reduce((sum, span) => sum + (span.gate ? 0 : span.ms), 0)
  const cap = Math.max(1_000, workMs * gateShare)
  const drawn = spans.map((span) => (span.gate ? Math.min(span.ms, cap) : span.ms))
  const total = drawn.reduce((sum, ms) => sum + ms, 0) || 1
  const bars = new Map<string, Bar>()
  let at = 0
  spans.forEach((span, index) => {
    const ms = drawn[index] ?? 0
    bars.set(span.bead.id, { start: at / total, width: ms / total, ms: span.ms, cut: ms < span.ms })
    at += ms
  })
  return { bars, workMs }
}

function lasted(bead: BeadView, now: number): number {
  if (bead.startedAt === null) return 0
  const end =
    bead.endedAt === null
      ? bead.status === 'running'
        ? now
        : Date.parse(bead.startedAt)
      : Date.parse(bead.endedAt)
  return Math.max(0, end - Date.parse(bead.startedAt))
}

/** How often each step was done for each task: `coder 2 of 3` needs the 3. */
export function attemptsOf(beads: readonly BeadView[]): (bead: BeadView) => number {
  const most = new Map<string, number>()
  const key = (bead: BeadView): string => `${bead.step}:${bead.taskId ?? ''}`
  for (const bead of beads) most.set(key(bead), Math.max(most.get(key(bead)) ?? 0, bead.attempt))
  return (bead) => most.get(key(bead)) ?? bead.attempt
}

/** Where turns stand within their bead's bar, each 0 to 1 of it. */
export function layoutTurns(
  bead: Pick<BeadView, 'startedAt' | 'endedAt'>,
  turns: readonly Pick<TurnHead, 'startedAt' | 'endedAt'>[],
  now: number,
): readonly { readonly start: number; readonly width: number; readonly ms: number }[] {
  const from = bead.startedAt === null ? Date.parse(turns[0]?.startedAt ?? '') : Date.parse(bead.startedAt)
  const to = bead.endedAt === null ? now : Date.parse(bead.endedAt)
  const span = Math.max(1, to - from)
  const share = (at: number): number => Math.min(1, Math.max(0, (at - from) / span))
  return turns.map((turn) => {
    const [begun, ended] = [Date.parse(turn.startedAt), Date.parse(turn.endedAt)]
    return { start: share(begun), width: share(ended) - share(begun), ms: Math.max(0, ended - begun) }
  })
}
