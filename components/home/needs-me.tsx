import { CircleCheck, Hand } from 'lucide-react'
import { plural } from '@/components/format'
import { GateList } from '@/components/gates/gate-list'
import { Link } from '@/components/ui/link'
import type { GateCounts } from '@/lib/services/gates/count'
import type { GateSummary } from '@/lib/services/views'

interface NeedsMeProps {
  /** The oldest of those that wait for who looks. */
  readonly gates: readonly GateSummary[]
  readonly waiting: GateCounts
  /** Runs that stand still until somebody raises their budget. */
  readonly paused: number
  /** Runs that were given up. */
  readonly dead: number
  /** Runs that failed within a day, so many of them as were asked for. */
  readonly failed: { readonly count: number; readonly more: boolean }
  readonly now: number
}

/** The first line of Home: what needs me, or that nothing does. */
export function NeedsMe(props: NeedsMeProps) {
  const { gates, waiting, now } = props
  const parts = partsOf(props)
  if (parts.length === 0) {
    return (
      <section aria-label="What needs you" className="space-y-1">
        <h1 className="flex items-center gap-2.5 text-lg font-semibold">
          <CircleCheck aria-hidden className="size-5 shrink-0 text-green" />
          Nothing needs you.
        </h1>
        <MoreGates more={0} waiting={waiting} />
      </section>
    )
  }
  return (
    <section aria-label="What needs you" className="space-y-3">
      <h1 className="flex items-center gap-2.5 text-lg font-semibold">
        <Hand aria-hidden className="size-5 shrink-0 text-amber" />
        {parts.join(', ')}.
      </h1>
      {gates.length > 0 && <GateList gates={gates} now={now} label="Gates that wait" />}
      <MoreGates more={waiting.mine - gates.length} waiting={waiting} />
    </section>
  )
}

function partsOf({ waiting, paused, dead, failed }: NeedsMeProps): readonly string[] {
  const { mine, overdue } = waiting
  const gates = `${plural(mine, 'gate')} ${mine === 1 ? 'waits' : 'wait'} for a decision`
  const some = failed.more ? `${failed.count} or more` : String(failed.count)
  return [
    mine > 0 ? `${gates}${overdue > 0 ? `, ${overdue} overdue` : ''}` : '',
    paused > 0
      ? `${plural(paused, 'run')} ${paused === 1 ? 'has spent its' : 'have spent their'} budget`
      : '',
    failed.count > 0 ? `${some} ${failed.count === 1 ? 'run' : 'runs'} failed today` : '',
    dead > 0 ? `${plural(dead, 'run')} ${dead === 1 ? 'was' : 'were'} given up` : '',
  ].filter(Boolean)
}

/** The way to the gates that are not in the list. */
function MoreGates({ more, waiting }: { readonly more: number; readonly waiting: GateCounts }) {
  const { mine, overdue, others } = waiting
  if (more <= 0 && others === 0) return null
  return (
    <p className="flex flex-wrap gap-x-4 text-sm">
      {more > 0 && <GatesLink href="/gates">{`All ${mine} gates`}</GatesLink>}
      {more > 0 && overdue > 0 && (
        <GatesLink href="/gates?overdue=1">{`Those that are overdue: ${overdue}`}</GatesLink>
      )}
      {others > 0 && (
        <GatesLink href="/gates">
          {`${plural(others, 'gate')} ${others === 1 ? 'waits' : 'wait'} for others`}
        </GatesLink>
      )}
    </p>
  )
}

function GatesLink({ href, children }: { readonly href: string; readonly children: string }) {
  return (
    <Link href={href} className="text-accent hover:underline">
      {children}
    </Link>
  )
}
