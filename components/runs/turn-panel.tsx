import { ChevronLeft, ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'
import { StepMark } from '@/components/ui/agent-mark'
import { buttonClass } from '@/components/ui/button'
import { Link } from '@/components/ui/link'
import { visible } from '@/lib/core/visible'
import type { BeadView } from '@/lib/services/views'
import type { TurnDetail } from '@/lib/services/views/turns'
import { TurnView } from './turn-view'

interface TurnPanelProps {
  readonly bead: BeadView
  readonly turn: TurnDetail
  /** Its tools are at work. */
  readonly working: boolean
  /** Turns of the bead in all. */
  readonly count: number
  readonly beadHref: string
  readonly turnHref: (seq: number) => string
  readonly rawHref: string
  readonly actions: ReactNode
}

/** One turn of a bead, with the ones beside it. */
export function TurnPanel(props: TurnPanelProps) {
  const { bead, turn, working, count, beadHref, turnHref, rawHref, actions } = props
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-center gap-2">
        <StepMark step={bead.step} />
        <h2 className="text-md font-semibold">
          <Link href={beadHref} scroll={false} className="hover:underline">
            {visible(bead.name)}
          </Link>
          <span className="text-muted">
            {' '}
            turn {turn.seq.toLocaleString('en')} of {count.toLocaleString('en')}
          </span>
        </h2>
        <nav aria-label="Turns beside this one" className="ml-auto flex gap-1 print:hidden">
          {turn.seq > 1 && (
            <Link href={turnHref(turn.seq - 1)} scroll={false} className={buttonClass('quiet')}>
              <ChevronLeft aria-hidden className="size-4" />
              Before
            </Link>
          )}
          {turn.seq < count && (
            <Link href={turnHref(turn.seq + 1)} scroll={false} className={buttonClass('quiet')}>
              Next
              <ChevronRight aria-hidden className="size-4" />
            </Link>
          )}
        </nav>
      </div>
      <TurnView turn={turn} working={working} rawHref={rawHref} actions={actions} />
    </div>
  )
}
