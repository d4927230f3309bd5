import { duration, money } from '@/components/format'
import { Link } from '@/components/ui/link'
import { BeadStatusChip } from '@/components/ui/status'
import { TimeAgo } from '@/components/ui/time-ago'
import { visible } from '@/lib/core/visible'
import type { AgentBead } from '@/lib/services/agents/figures'

/** The last things that an agent did. */
export function AgentBeads({ beads, now }: { readonly beads: readonly AgentBead[]; readonly now: number }) {
  if (beads.length === 0) return <p className="text-sm text-muted">It has not worked yet.</p>
  return (
    <ul aria-label="Last steps" className="divide-y rounded-lg border bg-surface text-sm">
      {beads.map((bead) => (
        <li
          key={bead.id}
          className="relative flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2 hover:bg-raised lg:grid lg:grid-cols-[7.5rem_minmax(0,1fr)_11rem_8rem_5rem_5rem_6.5rem]"
        >
          <span className="shrink-0">
            <BeadStatusChip status={bead.status} />
          </span>
          <Link
            href={`/runs/${bead.run.id}?bead=${bead.seq}`}
            className="min-w-0 basis-full truncate sm:flex-1 sm:basis-60 font-medium after:absolute after:inset-0"
          >
            {visible(bead.run.title)}
          </Link>
          <span className="truncate text-xs text-muted">
            {visible(bead.run.repository ?? 'no repository')}
          </span>
          <span className="truncate text-xs text-muted max-lg:empty:hidden">
            {bead.outcome?.replaceAll('_', ' ')}
          </span>
          <span className="num text-xs text-muted max-lg:empty:hidden lg:text-right">
            {bead.startedAt &&
              bead.endedAt &&
              duration(Date.parse(bead.endedAt) - Date.parse(bead.startedAt))}
          </span>
          <span className="num text-xs text-muted lg:text-right">{money(bead.costMicros)}</span>
          <span className="text-xs text-muted lg:text-right">
            {bead.startedAt && <TimeAgo at={bead.startedAt} now={now} />}
          </span>
        </li>
      ))}
    </ul>
  )
}
