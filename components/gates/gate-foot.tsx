'use client'

import { type ComponentProps, type ReactNode, useEffect, useRef } from 'react'
import { buttonClass } from '@/components/ui/button'
import { Link } from '@/components/ui/link'
import { GateStatusChip } from '@/components/ui/status'
import { visible } from '@/lib/core/visible'
import type { GateView } from '@/lib/services/views'
import { DecisionBar } from './decision-bar'
import { gateSentence, passedByRule } from './gate-words'

interface GateFootProps extends ComponentProps<typeof DecisionBar> {
  readonly status: GateView['status']
  readonly policy: GateView['policy']
  /** Who decided last. */
  readonly by: string | null
  /** Who looks at the page was the one. */
  readonly own: boolean
  /** The gate that asks about the change anew. */
  readonly successor: string | null
  /** Another gate that waits for who looks at this one. */
  readonly next: { readonly id: string; readonly title: string } | null
}

/**
 * The end of the page, always in view: the decision, or why there is none to take. A gate that is closed while the
 * page is open says so here, with what to do next.
 */
export function GateFoot(props: GateFootProps) {
  const { status, mayApprove, mayReject } = props
  const opened = useRef(status)
  if (status !== 'waiting') return <Closed {...props} whileOpen={opened.current === 'waiting'} />
  if (mayApprove.may || mayReject.may) return <DecisionBar {...props} />
  return (
    <Bar label="Decision">
      <p className="min-w-0 flex-1 text-sm">
        <span className="font-medium">{visible(mayApprove.sentence)}</span>{' '}
        <span className="text-muted">{visible(mayApprove.mend)}</span>
      </p>
      <Next {...props} />
    </Bar>
  )
}

function Closed(props: GateFootProps & { readonly whileOpen: boolean }) {
  const { status, by, own, successor, next, whileOpen } = props
  if (!whileOpen && next === null) return null
  return (
    <Bar label="What became of it">
      <div
        role={whileOpen && !own ? 'alert' : 'status'}
        className="flex min-w-0 flex-1 flex-wrap items-center gap-x-3 gap-y-1 text-sm"
      >
        <GateStatusChip status={status} byRule={passedByRule(props)} />
        <span>
          {gateSentence(props, by)}
          {whileOpen && !own && ' while this page was open. It takes no decision any more.'}
          {whileOpen && own && '.'}
        </span>
        {successor && (
          <Link href={`/gates/${successor}`} className="text-accent underline">
            The change is asked about anew
          </Link>
        )}
      </div>
      <Next {...props} focus={whileOpen && own} />
    </Bar>
  )
}

/** On to the next: after a decision Enter is enough. */
function Next({ next, focus = false }: Pick<GateFootProps, 'next'> & { readonly focus?: boolean }) {
  const link = useRef<HTMLAnchorElement>(null)
  useEffect(() => {
    if (focus) link.current?.focus({ preventScroll: true })
  }, [focus])
  return (
    <Link
      ref={link}
      href={next ? `/gates/${next.id}` : '/gates'}
      className={buttonClass(next ? 'primary' : 'plain', 'h-9! max-w-full min-w-0')}
    >
      <span className="truncate">{next ? `Next: ${visible(next.title)}` : 'Back to all gates'}</span>
    </Link>
  )
}

export function Bar({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <section
      aria-label={label}
      className="sticky bottom-(--bottom-bar) z-20 border-t border-line-strong bg-surface px-4 py-3 md:bottom-0 md:px-6"
    >
      <div className="mx-auto flex max-w-300 flex-wrap items-center gap-2">{children}</div>
    </section>
  )
}
