import Link from 'next/link'
import { GateStatusChip } from '@/components/ui/status'
import { TimeAgo } from '@/components/ui/time-ago'
import { visible } from '@/lib/core/visible'
import type { GateSummary } from '@/lib/services/views'

interface GateListProps {
  readonly gates: readonly GateSummary[]
  readonly now: number
  readonly label: string
}

/** Gates as rows: what is asked, why, and since when. */
export function GateList({ gates, now, label }: GateListProps) {
  return (
    <ul aria-label={label} className="divide-y overflow-clip rounded-lg border bg-surface">
      {gates.map((gate) => (
        <li key={gate.id} className="relative px-3 py-2.5 hover:bg-raised">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
            <GateStatusChip status={gate.status} />
            {gate.overdue && <span className="tone-red text-xs font-medium">Overdue</span>}
            <Link
              href={`/gates/${gate.id}`}
              className="min-w-0 flex-1 basis-60 truncate font-medium after:absolute after:inset-0"
            >
              {visible(gate.runTitle)}
            </Link>
            <span className="text-xs text-muted">
              <TimeAgo at={gate.closedAt ?? gate.openedAt} now={now} />
              {gate.status === 'waiting' && gate.expiresAt && (
                <>
                  , lapses <TimeAgo at={gate.expiresAt} now={now} />
                </>
              )}
            </span>
          </div>
          <p className="mt-1 flex flex-wrap gap-x-2 text-sm text-muted">
            <span className="text-ink">{visible(gate.leadsTo)}</span>
            {gate.repository && <span>in {visible(gate.repository)}</span>}
            <span className="min-w-0 truncate">{visible(gate.reason)}</span>
            {gate.requiredApprovers > 1 && (
              <span className="ml-auto text-xs">
                {gate.approvals} of {gate.requiredApprovers} approvals
              </span>
            )}
          </p>
        </li>
      ))}
    </ul>
  )
}
