import { money, triggerLabel } from '@/components/format'
import { ColumnName } from '@/components/ui/column-name'
import { Link } from '@/components/ui/link'
import { Named, nameClass } from '@/components/ui/named'
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

/** Runs as a table with rows of 36 px; on a narrow screen each is one cell of two lines. */
export function RunTable({ runs, now, label = 'Runs', href = toRun }: RunTableProps) {
  return (
    <div className="overflow-clip rounded-lg border bg-surface">
      <table aria-label={label} className="w-full table-fixed text-sm">
        <thead className="hidden h-8 bg-raised text-left text-xs text-muted lg:table-header-group">
          <tr>
            <ColumnName className="w-50">Status</ColumnName>
            <ColumnName>Run</ColumnName>
            <ColumnName className="w-39">Repository</ColumnName>
            <ColumnName className="w-31">From</ColumnName>
            <ColumnName className="w-17 text-right">Score</ColumnName>
            <ColumnName className="w-23 text-right">Cost</ColumnName>
            <ColumnName className="w-28 pr-3 text-right">Started</ColumnName>
            <ColumnName className="lg:hidden">Run</ColumnName>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <RunRow key={run.id} run={run} now={now} href={href(run)} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

const cell = 'hidden truncate px-1.5 py-1 first:pl-3 nth-7:pr-3 lg:table-cell'

interface RunRowProps {
  readonly run: RunSummary
  readonly now: number
  readonly href: string
}

function RunRow({ run, now, href }: RunRowProps) {
  const repository = run.repository?.name ?? 'no repository'
  return (
    <tr className="relative border-t first:border-t-0 hover:bg-raised lg:h-9 lg:first:border-t">
      <td className={cell}>
        <RunStatusChip status={run.status} />
      </td>
      <td className={cell}>
        <Named name={<RowLink run={run} href={href} className={nameClass} />} more={visible(run.detail)} />
      </td>
      <td className={`${cell} text-muted`}>{visible(repository)}</td>
      <td className={`${cell} text-muted`}>{triggerLabel(run.trigger)}</td>
      <td className={`${cell} num text-right text-muted`}>{run.score ?? '–'}</td>
      <td className={`${cell} num text-right text-muted`}>{money(run.costMicros)}</td>
      <td className={`${cell} text-right text-muted`}>
        <TimeAgo at={run.createdAt} now={now} />
      </td>
      <td className="px-3 py-2 lg:hidden">
        <span className="flex items-center gap-2">
          <RunStatusChip status={run.status} bare />
          <RowLink run={run} href={href} className="min-w-0 flex-1 truncate font-medium" />
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
      </td>
    </tr>
  )
}

/** The whole row follows the link, by its pseudo-element. */
function RowLink({ run, href, className }: Omit<RunRowProps, 'now'> & { readonly className: string }) {
  return (
    <Link href={href} className={`after:absolute after:inset-0 ${className}`}>
      {visible(run.title)}
    </Link>
  )
}
