import { CircleCheck, CircleX, TriangleAlert } from 'lucide-react'
import Link from 'next/link'
import { money } from '@/components/format'
import { RunStatusChip } from '@/components/ui/status'
import { TimeAgo } from '@/components/ui/time-ago'
import { visible } from '@/lib/core/visible'
import type { RepositoryView } from '@/lib/services/repositories/view'
import { baselineText, type RepositoryHealth } from './health'
import { HealthStrip } from './health-strip'

interface RepositoryTableProps {
  readonly repositories: readonly RepositoryView[]
  readonly health: ReadonlyMap<string, RepositoryHealth>
  readonly now: number
}

const row = 'grid-cols-[minmax(0,1fr)_8rem_16rem_8rem_8rem_7rem] gap-3 px-3'

/** Repositories as rows of 36 px, two lines each on a narrow screen. */
export function RepositoryTable({ repositories, health, now }: RepositoryTableProps) {
  return (
    <div className="overflow-clip rounded-lg border bg-surface">
      <div aria-hidden className={`${row} hidden h-8 items-center bg-raised text-xs text-muted lg:grid`}>
        <span>Repository</span>
        <span>Last 20 runs</span>
        <span>Newest run</span>
        <span>Base tests</span>
        <span>Schedules</span>
        <span className="text-right">Spent today</span>
      </div>
      <ul aria-label="Repositories">
        {repositories.map((repository) => {
          const its = health.get(repository.id)
          return its ? <Row key={repository.id} repository={repository} health={its} now={now} /> : null
        })}
      </ul>
    </div>
  )
}

interface RowProps {
  readonly repository: RepositoryView
  readonly health: RepositoryHealth
  readonly now: number
}

function Row({ repository, health, now }: RowProps) {
  const last = health.recent[0]
  return (
    <li className="relative border-t text-sm first:border-t-0 hover:bg-raised lg:first:border-t">
      <div className={`${row} hidden min-h-9 items-center py-1 lg:grid`}>
        <Name repository={repository} />
        <HealthStrip health={health} />
        <span className="flex items-center gap-2 text-xs text-muted">
          {last ? <Newest run={last} now={now} /> : '–'}
        </span>
        <Baseline health={health} />
        <Schedules health={health} now={now} />
        <Spent health={health} />
      </div>
      <div className="px-3 py-2 lg:hidden">
        <div className="flex items-center gap-2">
          <Name repository={repository} />
          <Spent health={health} />
        </div>
        <div className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-muted">
          <HealthStrip health={health} />
          {last && <Newest run={last} now={now} />}
          {health.baseline && (
            <span className="flex items-center gap-1.5">
              base <Baseline health={health} />
            </span>
          )}
          {(health.schedules.count > 0 || health.schedules.problem) && (
            <span className="flex items-center gap-1.5">
              next <Schedules health={health} now={now} />
            </span>
          )}
        </div>
      </div>
    </li>
  )
}

function Name({ repository }: { readonly repository: RepositoryView }) {
  return (
    <span className="flex min-w-0 flex-1 items-baseline gap-2">
      <Link
        href={`/repositories/${repository.id}`}
        className="shrink truncate font-medium after:absolute after:inset-0"
      >
        {visible(repository.name)}
      </Link>
      <span className="min-w-0 shrink-[3] truncate text-xs text-faint">
        {repository.forge === 'local' ? visible(repository.source) : repository.forge}
      </span>
    </span>
  )
}

function Newest({ run, now }: { readonly run: RepositoryHealth['recent'][number]; readonly now: number }) {
  return (
    <span className="flex min-w-0 items-center gap-2">
      <RunStatusChip status={run.status} />
      <TimeAgo at={run.createdAt} now={now} />
    </span>
  )
}

function Baseline({ health }: { readonly health: RepositoryHealth }) {
  const said = baselineText(health)
  if (said === null) return <span className="text-xs text-faint">not looked at yet</span>
  const Icon = said.good ? CircleCheck : CircleX
  return (
    <span className={`flex items-center gap-1.5 text-xs ${said.good ? 'tone-green' : 'tone-red'}`}>
      <Icon aria-hidden className="size-3.5 shrink-0" />
      {said.text}
    </span>
  )
}

function Schedules({
  health: { schedules },
  now,
}: {
  readonly health: RepositoryHealth
  readonly now: number
}) {
  if (schedules.problem !== null) {
    return (
      <span className="tone-red flex items-center gap-1.5 text-xs" title={visible(schedules.problem)}>
        <TriangleAlert aria-hidden className="size-3.5 shrink-0" />
        cannot be followed
      </span>
    )
  }
  if (schedules.count === 0 || schedules.nextAt === null)
    return <span className="text-xs text-faint">none</span>
  return (
    <span className="text-xs text-muted">
      <TimeAgo at={schedules.nextAt} now={now} />
      {schedules.count > 1 && `, ${schedules.count} in all`}
    </span>
  )
}

function Spent({ health }: { readonly health: RepositoryHealth }) {
  const { spentTodayMicros: spent, limitTodayMicros: limit } = health
  return (
    <span className="num shrink-0 text-right text-muted">
      {money(spent)}
      {limit !== null && <span className="text-faint"> of {money(limit)}</span>}
    </span>
  )
}
