import { clsx } from 'clsx'
import { RotateCcw } from 'lucide-react'
import { duration, money } from '@/components/format'
import { StepMark, stepTone } from '@/components/ui/agent-mark'
import { Link } from '@/components/ui/link'
import { BeadStatusChip } from '@/components/ui/status'
import { Elapsed } from '@/components/ui/time-ago'
import { visible } from '@/lib/core/visible'
import type { BeadView } from '@/lib/services/views'
import type { TurnHead } from '@/lib/services/views/turns'
import { type Axis, attemptsOf, type Bar, layoutAxis } from './axis'
import { ListKeys } from './list-keys'
import { loopSentence } from './outcome-words'
import { TurnBars } from './turn-bars'

/** The turns of the selected bead that are at hand, and the way to the others. */
export interface TurnWindow {
  readonly turns: readonly TurnHead[]
  readonly selected: number | null
  readonly href: (turn: number) => string
  readonly earlier: string | null
  readonly later: string | null
}

interface WaterfallProps {
  readonly beads: readonly BeadView[]
  /** `seq` of the selected bead. */
  readonly selected: number | null
  readonly href: (bead: BeadView) => string
  /** How many turns each bead took, by its id. */
  readonly turnCounts: ReadonlyMap<string, number>
  readonly window: TurnWindow | null
  readonly now: number
}

/** The beads of a run from top to bottom, their durations as bars on one axis, the ways back between them named. */
export function Waterfall({ beads, selected, href, turnCounts, window, now }: WaterfallProps) {
  const axis = layoutAxis(beads, now)
  const attempts = attemptsOf(beads)
  return (
    <ListKeys>
      <div className="overflow-clip rounded-lg border bg-surface">
        <AxisHead axis={axis} running={beads.some(({ status }) => status === 'running')} />
        <ol>
          {beads.map((bead, index) => {
            const loop = index < beads.length - 1 ? loopSentence(bead.outcome) : null
            const bar = axis.bars.get(bead.id)
            const current = bead.seq === selected
            return (
              <li key={bead.id}>
                <Row
                  bead={bead}
                  bar={bar}
                  of={attempts(bead)}
                  turns={turnCounts.get(bead.id) ?? 0}
                  current={current}
                  href={href(bead)}
                  now={now}
                />
                {current && window && window.turns.length > 0 && (
                  <TurnBars bead={bead} window={window} now={now} />
                )}
                {loop && (
                  <p className="flex items-center gap-1.5 border-t border-dashed py-1 pr-3 pl-8 text-xs text-muted">
                    <RotateCcw aria-hidden className="size-3 shrink-0 text-orange" />
                    {visible(loop)}
                  </p>
                )}
              </li>
            )
          })}
        </ol>
      </div>
    </ListKeys>
  )
}

/** Of what still runs the sum would stand still between two events. */
function AxisHead({ axis, running }: { readonly axis: Axis; readonly running: boolean }) {
  return (
    <p className="flex justify-between bg-raised px-3 py-1.5 text-xs text-muted">
      <span>Step</span>
      <span>
        {!running && (
          <>
            work <span className="num">{duration(axis.workMs)}</span>,{' '}
          </>
        )}
        waits shortened
      </span>
    </p>
  )
}

interface RowProps {
  readonly bead: BeadView
  readonly bar: Bar | undefined
  readonly of: number
  readonly turns: number
  readonly current: boolean
  readonly href: string
  readonly now: number
}

function Row({ bead, bar, of, turns, current, href, now }: RowProps) {
  const takenOver = bead.inherited !== null && bead.costMicros === 0
  return (
    <Link
      href={href}
      scroll={false}
      data-row
      aria-current={current ? 'true' : undefined}
      className={clsx(
        'relative block border-t px-3 pt-2 pb-2.5 hover:bg-raised',
        current &&
          'bg-accent-tint before:absolute before:inset-y-0 before:left-0 before:w-0.5 before:bg-accent',
      )}
    >
      <span className="flex items-center gap-2 text-sm">
        <StepMark step={bead.step} />
        <span className="min-w-0 truncate">
          <span className="font-medium">{visible(bead.name)}</span>
          {of > 1 && (
            <span className="text-muted">
              {' '}
              {bead.attempt} of {of}
            </span>
          )}
          {bead.taskId && <span className="num ml-1.5 text-xs text-faint">{visible(bead.taskId)}</span>}
        </span>
        <span className="ml-auto flex shrink-0 items-center gap-2 text-xs text-muted">
          {takenOver && <span className="text-faint">taken over</span>}
          {turns > 0 && (
            <span className="text-faint">
              {turns.toLocaleString('en')} {turns === 1 ? 'turn' : 'turns'}
            </span>
          )}
          {bead.costMicros > 0 && <span className="num text-faint">{money(bead.costMicros)}</span>}
          {bead.status === 'running' && bead.startedAt ? (
            <Elapsed from={bead.startedAt} to={null} now={now} />
          ) : (
            <span className="num">{bar && bar.ms > 0 ? duration(bar.ms) : ''}</span>
          )}
        </span>
        <BeadStatusChip status={bead.status} category={bead.category} bare />
      </span>
      {bar && bar.width > 0 && (
        <svg aria-hidden className={clsx('mt-1.5 h-1 w-full', stepTone(bead.step))}>
          <rect width="100%" height="100%" rx="2" fill="var(--line)" opacity="0.55" />
          <rect
            x={`${(bar.start * 100).toFixed(2)}%`}
            width={`${Math.max(0.8, bar.width * 100).toFixed(2)}%`}
            height="100%"
            rx="2"
            className="bar"
            opacity={bar.cut ? 0.5 : 1}
          />
        </svg>
      )}
    </Link>
  )
}
