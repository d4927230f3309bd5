import { clsx } from 'clsx'
import { CircleX } from 'lucide-react'
import { duration } from '@/components/format'
import { stepTone } from '@/components/ui/agent-mark'
import { Link } from '@/components/ui/link'
import { visible } from '@/lib/core/visible'
import type { BeadView } from '@/lib/services/views'
import { layoutTurns } from './axis'
import type { TurnWindow } from './waterfall'

interface TurnBarsProps {
  readonly bead: BeadView
  readonly window: TurnWindow
  readonly now: number
}

/** The turns of the selected bead below it, on the bead's own time: what took long in it. */
export function TurnBars({ bead, window, now }: TurnBarsProps) {
  const { turns, selected, href, earlier, later } = window
  // A few of thousands would be slivers on the time of all: they are drawn on their own.
  const all = earlier === null && later === null
  const span = { startedAt: turns[0]?.startedAt ?? null, endedAt: turns.at(-1)?.endedAt ?? null }
  const bars = layoutTurns(all ? bead : span, turns, now)
  return (
    <div className="border-t bg-bg py-1">
      {earlier && <More href={earlier}>Earlier turns</More>}
      <ol aria-label={`Turns of ${visible(bead.name)}`}>
        {turns.map((turn, index) => {
          const bar = bars[index]
          const current = turn.seq === selected
          return (
            <li key={turn.id}>
              <Link
                href={href(turn.seq)}
                scroll={false}
                data-row
                aria-current={current ? 'true' : undefined}
                className={clsx(
                  'grid grid-cols-[2.5rem_minmax(0,7rem)_1fr_3.5rem] items-center gap-2 py-1 pr-3 pl-5 text-xs hover:bg-raised',
                  current && 'bg-accent-tint',
                )}
              >
                <span className="num text-right text-muted">{turn.seq}</span>
                <span
                  className={clsx(
                    'flex min-w-0 items-center gap-1',
                    turn.refused ? 'text-red' : 'text-muted',
                  )}
                  title={turn.refused ? 'Refused' : undefined}
                >
                  <span className="code truncate">{visible(turn.tools.join(' ') || 'words')}</span>
                  {turn.refused && (
                    <>
                      <CircleX aria-hidden className="size-3 shrink-0" />
                      <span className="sr-only">, refused</span>
                    </>
                  )}
                </span>
                <svg aria-hidden className={clsx('h-1 w-full', stepTone(bead.step))}>
                  <rect width="100%" height="100%" rx="2" fill="var(--line)" opacity="0.4" />
                  {bar && (
                    <rect
                      x={`${(bar.start * 100).toFixed(2)}%`}
                      width={`${Math.max(1.5, bar.width * 100).toFixed(2)}%`}
                      height="100%"
                      rx="2"
                      className="bar"
                    />
                  )}
                </svg>
                <span className="num text-right text-muted">{bar ? duration(bar.ms) : ''}</span>
              </Link>
            </li>
          )
        })}
      </ol>
      {later && <More href={later}>Later turns</More>}
    </div>
  )
}

function More({ href, children }: { readonly href: string; readonly children: string }) {
  return (
    <Link href={href} scroll={false} data-row className="block px-5 py-1 text-xs text-accent hover:underline">
      {children}
    </Link>
  )
}
