import { CircleCheck, CircleHelp, Split } from 'lucide-react'
import { plural } from '@/components/format'
import { StepMark } from '@/components/ui/agent-mark'
import { Link } from '@/components/ui/link'
import { Pre, Section } from '@/components/ui/panel'
import type { ReplayReport } from '@/lib/core/replay-report'
import { visible } from '@/lib/core/visible'

interface ReplayViewProps {
  readonly report: ReplayReport
  /** The link to a bead, and to one of its turns. */
  readonly href: (bead: number, turn: number | null) => string
}
type Parting = NonNullable<ReplayReport['route']['parting']>

/** The run driven again from its record: the same, or where it parts. */
export function ReplayView({ report, href }: ReplayViewProps) {
  const { same, summary, route, beads, tools } = report
  const parts =
    route.parting !== null ||
    beads.some((bead) => bead.parting !== null) ||
    (tools?.partings ?? []).length > 0
  const Icon = parts ? Split : same ? CircleCheck : CircleHelp
  return (
    <div className="space-y-6">
      <div className="rounded-lg border bg-surface px-4 py-3">
        <p className="flex items-start gap-2 font-medium">
          <Icon
            aria-hidden
            className={`mt-0.5 size-4 shrink-0 ${parts ? 'text-orange' : same ? 'text-green' : 'text-muted'}`}
          />
          {visible(summary)}
        </p>
        <p className="mt-1.5 max-w-prose text-sm text-muted">
          The recorded outcomes went through today’s router, and each request was made again by today’s
          prompts and loop from what is on record. No model was asked and nothing was written.
        </p>
      </div>
      {route.parting && (
        <Section title="The route">
          <PartingView parting={route.parting} href={href} />
          {route.reason && <p className="mt-2 text-sm text-muted">{visible(route.reason)}</p>}
        </Section>
      )}
      {beads.length > 0 && (
        <Section title="The conversations">
          <ul className="divide-y overflow-clip rounded-lg border bg-surface">
            {beads.map((bead) => (
              <li key={bead.seq} className="space-y-2 px-3 py-2">
                <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm">
                  <StepMark step={bead.step} />
                  <Link href={href(bead.seq, null)} className="font-medium hover:underline">
                    {visible(bead.step)}
                    {bead.attempt > 1 && ` ${bead.attempt}`}
                  </Link>
                  <span className="ml-auto text-muted">
                    {bead.parting === null && bead.note === null
                      ? `the same in ${plural(bead.turns, 'turn')}`
                      : `${bead.same} of ${plural(bead.turns, 'turn')} the same`}
                  </span>
                </p>
                {bead.note && <p className="text-sm text-muted">{visible(bead.note)}</p>}
                {bead.parting && <PartingView parting={bead.parting} href={href} />}
              </li>
            ))}
          </ul>
        </Section>
      )}
      {tools && (
        <Section
          title="The tools"
          aside={`${tools.same} of ${tools.ran} the same, ${tools.left} not run again`}
        >
          {tools.note && <p className="text-sm text-muted">{visible(tools.note)}</p>}
          <div className="space-y-3">
            {tools.partings.map((parting) => (
              <PartingView
                key={`${parting.bead} ${parting.turn} ${parting.place}`}
                parting={parting}
                href={href}
              />
            ))}
          </div>
        </Section>
      )}
    </div>
  )
}

function PartingView({
  parting,
  href,
}: {
  readonly parting: Parting
  readonly href: ReplayViewProps['href']
}) {
  const { bead, step, turn, place, lines } = parting
  return (
    <div className="space-y-1.5">
      <p className="text-sm">
        <Link href={href(bead, turn)} className="text-accent hover:underline">
          {visible(step)}, {turn === null ? 'its end' : `turn ${turn}`}
        </Link>
        : {visible(place)}
      </p>
      <Pre text={visible(lines)} />
    </div>
  )
}
