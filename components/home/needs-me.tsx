import { CircleCheck, Hand } from 'lucide-react'
import Link from 'next/link'
import { plural } from '@/components/format'
import { GateList } from '@/components/gates/gate-list'
import type { GateSummary, RunSummary } from '@/lib/services/views'

interface NeedsMeProps {
  readonly gates: readonly GateSummary[]
  readonly gatesWaiting: number
  /** Runs that stand still until somebody raises their budget. */
  readonly paused: readonly RunSummary[]
  /** Runs that were given up. */
  readonly dead: number
  /** Runs that failed within a day, so many of them as were asked for. */
  readonly failed: { readonly count: number; readonly more: boolean }
  readonly now: number
}

/** The first line of Home: what needs me, or that nothing does. */
export function NeedsMe({ gates, gatesWaiting, paused, dead, failed, now }: NeedsMeProps) {
  const overdue = gates.filter((gate) => gate.overdue).length
  const parts = [
    gatesWaiting > 0
      ? `${plural(gatesWaiting, 'gate')} ${gatesWaiting === 1 ? 'waits' : 'wait'} for a decision${overdue > 0 ? `, ${overdue} overdue` : ''}`
      : '',
    paused.length > 0
      ? `${plural(paused.length, 'run')} ${paused.length === 1 ? 'has' : 'have'} spent ${paused.length === 1 ? 'its' : 'their'} budget`
      : '',
    failed.count > 0
      ? `${failed.count}${failed.more ? ' or more' : ''} ${failed.count === 1 ? 'run' : 'runs'} failed today`
      : '',
    dead > 0 ? `${plural(dead, 'run')} ${dead === 1 ? 'was' : 'were'} given up` : '',
  ].filter(Boolean)
  if (parts.length === 0) {
    return (
      <h1 className="flex items-center gap-2.5 text-lg font-semibold">
        <CircleCheck aria-hidden className="size-5 shrink-0 text-green" />
        Nothing needs you.
      </h1>
    )
  }
  return (
    <section aria-label="What needs you" className="space-y-3">
      <h1 className="flex items-center gap-2.5 text-lg font-semibold">
        <Hand aria-hidden className="size-5 shrink-0 text-amber" />
        {parts.join(', ')}.
      </h1>
      {gates.length > 0 && <GateList gates={gates} now={now} label="Gates that wait" />}
      {gatesWaiting > gates.length && (
        <Link href="/gates" className="text-sm text-accent hover:underline">
          All {gatesWaiting} gates
        </Link>
      )}
    </section>
  )
}
