import { clsx } from 'clsx'
import { costOf } from '@/components/format'
import { Link } from '@/components/ui/link'
import { GateStatusChip } from '@/components/ui/status'
import { TimeAgo } from '@/components/ui/time-ago'
import { visible } from '@/lib/core/visible'
import type { GateItem, GateSummary } from '@/lib/services/views'
import { Countdown } from './countdown'
import { passedByRule } from './gate-words'
import { Glance } from './glance'

/** A gate of any list; only an inbox knows what the checks say and who may decide. */
type Listed = GateSummary & Partial<GateItem>

interface GateListProps {
  readonly gates: readonly Listed[]
  readonly now: number
  readonly label: string
}

/** Gates that wait: what is asked, where, what it leads to, what the checks say, and for how long. */
export function GateList({ gates, now, label }: GateListProps) {
  return (
    <ul aria-label={label} className="divide-y overflow-clip rounded-lg border bg-surface">
      {gates.map((gate) => (
        <li
          key={gate.id}
          className="relative grid gap-x-4 gap-y-1 px-3 py-2 hover:bg-raised focus-within:bg-raised lg:grid-cols-[minmax(0,1fr)_18rem_7.5rem_7.5rem]"
        >
          <div className="min-w-0">
            <p className="flex min-w-0 items-baseline gap-2">
              {gate.overdue && (
                <span className="tone-red tint shrink-0 rounded px-1.5 text-xs font-medium">Overdue</span>
              )}
              <GateLink gate={gate} />
              {gate.requiredApprovers > 1 && (
                <span className="num shrink-0 text-xs text-muted">
                  {gate.approvals} of {gate.requiredApprovers}
                </span>
              )}
            </p>
            <p className="truncate text-sm text-muted" title={visible(gate.reason)}>
              <span className="text-ink">{visible(gate.leadsTo)}</span>
              {gate.repository && ` in ${visible(gate.repository)}`}
              {gate.mayApprove?.may === false && (
                <span className="text-muted"> · {visible(gate.mayApprove.sentence)}</span>
              )}
            </p>
          </div>
          <div className="flex items-center">
            <Glance items={gate.glance ?? []} />
          </div>
          <div className="flex flex-wrap items-center gap-x-3 lg:contents">
            <p className="num flex items-center text-xs text-muted lg:justify-end">
              {gate.costMicros !== undefined && costOf(gate.costMicros, gate.budgetMicros ?? 0)}
            </p>
            <p className="flex flex-wrap items-center gap-x-2 text-xs text-muted lg:flex-col lg:items-end lg:justify-center">
              <TimeAgo at={gate.openedAt} now={now} />
              {gate.expiresAt && <Countdown to={gate.expiresAt} now={now} />}
            </p>
          </div>
        </li>
      ))}
    </ul>
  )
}

/** Gates that are closed, in one line each. */
export function ClosedList({ gates, now, label }: GateListProps) {
  return (
    <ul aria-label={label} className="divide-y overflow-clip rounded-lg border bg-surface">
      {gates.map((gate) => (
        <li
          key={gate.id}
          className="relative flex min-h-9 flex-wrap items-center gap-x-3 px-3 py-1.5 text-sm hover:bg-raised focus-within:bg-raised"
        >
          <GateStatusChip status={gate.status} byRule={passedByRule(gate)} />
          <GateLink gate={gate} quiet />
          <span className="hidden shrink-0 text-muted md:inline">{visible(gate.leadsTo)}</span>
          {gate.repository && (
            <span className="hidden shrink-0 text-muted lg:inline">{visible(gate.repository)}</span>
          )}
          <span className="ml-auto text-xs text-muted">
            <TimeAgo at={gate.closedAt ?? gate.openedAt} now={now} />
          </span>
        </li>
      ))}
    </ul>
  )
}

function GateLink({ gate, quiet = false }: { readonly gate: Listed; readonly quiet?: boolean }) {
  return (
    <Link
      href={`/gates/${gate.id}`}
      className={clsx(
        'min-w-0 truncate after:absolute after:inset-0',
        quiet ? 'flex-1 basis-40' : 'font-medium',
      )}
    >
      {visible(gate.runTitle)}
    </Link>
  )
}
