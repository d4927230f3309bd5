'use client'

import { money } from '@/components/format'
import { Link } from '@/components/ui/link'
import { RunStatusChip } from '@/components/ui/status'
import { TimeAgo } from '@/components/ui/time-ago'
import { visible } from '@/lib/core/visible'
import type { RunSummary } from '@/lib/services/views'
import { Box } from './run-grid'

interface RunCardsProps {
  readonly runs: readonly RunSummary[]
  readonly now: number
  readonly chosen: ReadonlySet<string>
  readonly choose: ((chosen: ReadonlySet<string>) => void) | null
}

/** Runs as rows of two lines, for narrow screens. */
export function RunCards({ runs, now, chosen, choose }: RunCardsProps) {
  const toggle = (id: string) => {
    const next = new Set(chosen)
    if (!next.delete(id)) next.add(id)
    choose?.(next)
  }
  return (
    <ul aria-label="Runs" className="divide-y overflow-clip rounded-lg border bg-surface text-sm lg:hidden">
      {runs.map((run) => (
        <li key={run.id} className="flex gap-3 px-3 py-2">
          {choose && (
            <span className="pt-0.5">
              <Box
                label={`Choose: ${run.title}`}
                checked={chosen.has(run.id)}
                onChange={() => toggle(run.id)}
              />
            </span>
          )}
          <div className="relative min-w-0 flex-1">
            <span className="flex items-center gap-2">
              <RunStatusChip status={run.status} bare />
              <Link
                href={`/runs/${run.id}`}
                className="min-w-0 flex-1 truncate font-medium after:absolute after:inset-0"
              >
                {visible(run.title)}
              </Link>
              <span className="shrink-0 text-xs text-muted">
                <TimeAgo at={run.createdAt} now={now} />
              </span>
            </span>
            <span className="mt-0.5 flex gap-2 pl-5.5 text-xs text-muted">
              <span className="min-w-0 truncate">
                {visible(run.repository?.name ?? 'no repository')} · {visible(run.detail)}
              </span>
              <span className="num ml-auto shrink-0">{money(run.costMicros)}</span>
            </span>
          </div>
        </li>
      ))}
    </ul>
  )
}
