import Link from 'next/link'
import { money, triggerLabel } from '@/components/format'
import { RunStatusChip } from '@/components/ui/status'
import { TimeAgo } from '@/components/ui/time-ago'
import { visible } from '@/lib/core/visible'
import type { RunSummary } from '@/lib/services/views'

interface RunTableProps {
  readonly runs: readonly RunSummary[]
  readonly now: number
  readonly label?: string
  /** Where a row leads; to its run, unless it is given. */
  readonly href?: (run: RunSummary) => string
}

const toRun = (run: RunSummary): string => `/runs/${run.id}`

/** Runs as rows of 36 px, two lines each on a narrow screen. */
export function RunTable({ runs, now, label = 'Runs', href = toRun }: RunTableProps) {
  return (
    <div className="overflow-clip rounded-lg border bg-surface">
      <div aria-hidden className={`${row} hidden h-8 items-center bg-raised text-xs text-muted lg:grid`}>
        <span>Status</span>
        <span>Run</span>
        <span>Repository</span>
        <span>From</span>
        <span className="text-right">Score</span>
        <span className="text-right">Cost</span>
        <span className="text-right">Started</span>
      </div>
      <ul aria-label={label}>
        {runs.map((run) => (
          <RunRow key={run.id} run={run} now={now} href={href(run)} />
        ))}
      </ul>
    </div>
  )
}

const row = 'grid-cols-[11.5rem_minmax(0,1fr)_9rem_7rem_3.5rem_5rem_6rem] gap-3 px-3'

interface RunRowProps {
  readonly run: RunSummary
  readonly now: number
  readonly href: string
}

function RunRow({ run, now, href }: RunRowProps) {
  const repository = run.repository?.name ?? 'no repository'
  return (
    <li className="relative border-t text-sm first:border-t-0 hover:bg-raised lg:first:border-t">
      <div className={`${row} hidden min-h-9 items-center py-1 lg:grid`}>
        <span>
          <RunStatusChip status={run.status} />
        </span>
        <span className="flex min-w-0 items-baseline gap-2">
          <RowLink run={run} href={href} className="shrink truncate" />
          <span className="min-w-0 shrink-[3] truncate text-xs text-faint">{visible(run.detail)}</span>
        </span>
        <span className="truncate text-muted">{visible(repository)}</span>
        <span className="truncate text-muted">{triggerLabel(run.trigger)}</span>
        <span className="num text-right text-muted">{run.score ?? '–'}</span>
        <span className="num text-right text-muted">{money(run.costMicros)}</span>
        <span className="text-right text-muted">
          <TimeAgo at={run.createdAt} now={now} />
        </span>
      </div>
      <div className="px-3 py-2 lg:hidden">
        <span className="flex items-center gap-2">
          <RunStatusChip status={run.status} bare />
          <RowLink run={run} href={href} className="min-w-0 flex-1 truncate" />
          <span className="shrink-0 text-xs text-muted">
            <TimeAgo at={run.createdAt} now={now} />
          </span>
        </span>
        <span className="mt-0.5 flex gap-2 pl-5.5 text-xs text-muted">
          <span className="min-w-0 truncate">
            {visible(repository)} · {visible(run.detail)}
          </span>
          <span className="num ml-auto shrink-0">{money(run.costMicros)}</span>
        </span>
      </div>
    </li>
  )
}

/** The whole row follows the link, by its pseudo-element. */
function RowLink({ run, href, className }: Omit<RunRowProps, 'now'> & { readonly className: string }) {
  return (
    <Link href={href} className={`font-medium after:absolute after:inset-0 ${className}`}>
      {visible(run.title)}
    </Link>
  )
}
