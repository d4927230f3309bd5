import { costOf } from '@/components/format'
import { StepMark } from '@/components/ui/agent-mark'
import { Link } from '@/components/ui/link'
import { RunStatusChip } from '@/components/ui/status'
import { Elapsed } from '@/components/ui/time-ago'
import { visible } from '@/lib/core/visible'
import type { RunSummary } from '@/lib/services/views'

interface RunningNowProps {
  readonly runs: readonly RunSummary[]
  readonly now: number
}

/** What works now, as thin live rows. */
export function RunningNow({ runs, now }: RunningNowProps) {
  return (
    <ul className="divide-y overflow-clip rounded-lg border bg-surface">
      {runs.map((run) => (
        <li key={run.id} className="relative flex h-9 items-center gap-3 px-3 text-sm hover:bg-raised">
          <RunStatusChip status={run.status} bare />
          <StepMark step={run.step} />
          <Link
            href={`/runs/${run.id}`}
            className="min-w-0 truncate font-medium after:absolute after:inset-0"
          >
            {visible(run.title)}
          </Link>
          <span className="hidden min-w-0 flex-1 truncate text-muted md:block">{visible(run.detail)}</span>
          <span className="num ml-auto hidden shrink-0 text-xs text-muted sm:block">
            {costOf(run.costMicros, run.budgetMicros)}
          </span>
          <span className="shrink-0 text-xs text-muted max-sm:ml-auto">
            <Elapsed from={run.startedAt ?? run.createdAt} to={null} now={now} />
          </span>
        </li>
      ))}
    </ul>
  )
}
