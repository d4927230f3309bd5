'use client'

import { CircleCheck, CircleX, TriangleAlert } from 'lucide-react'
import { money } from '@/components/format'
import { ColumnName } from '@/components/ui/column-name'
import { Link } from '@/components/ui/link'
import { Named, nameClass } from '@/components/ui/named'
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

/** Repositories as a table with rows of 36 px; on a narrow screen each is one cell of two lines. */
export function RepositoryTable({ repositories, health, now }: RepositoryTableProps) {
  return (
    <div className="overflow-clip rounded-lg border bg-surface">
      <table aria-label="Repositories" className="w-full table-fixed text-sm">
        <thead className="hidden h-8 bg-raised text-left text-xs text-muted lg:table-header-group">
          <tr>
            <ColumnName>Repository</ColumnName>
            <ColumnName className="w-35">Last 20 runs</ColumnName>
            <ColumnName className="w-67">Newest run</ColumnName>
            <ColumnName className="w-35">Base tests</ColumnName>
            <ColumnName className="w-35">Schedules</ColumnName>
            <ColumnName className="w-32 pr-3 text-right">Spent today</ColumnName>
            <ColumnName className="lg:hidden">Repository</ColumnName>
          </tr>
        </thead>
        <tbody>
          {repositories.map((repository) => {
            const its = health.get(repository.id)
            return its ? <Row key={repository.id} repository={repository} health={its} now={now} /> : null
          })}
        </tbody>
      </table>
    </div>
  )
}

const cell = 'hidden px-1.5 py-1 first:pl-3 nth-6:pr-3 lg:table-cell'

interface RowProps {
  readonly repository: RepositoryView
  readonly health: RepositoryHealth
  readonly now: number
}

function Row({ repository, health, now }: RowProps) {
  const last = health.recent[0]
  return (
    <tr className="relative border-t first:border-t-0 hover:bg-raised lg:h-9 lg:first:border-t">
      <td className={cell}>
        <Name repository={repository} />
      </td>
      <td className={cell}>
        <HealthStrip health={health} />
      </td>
      <td className={`${cell} text-xs text-muted`}>{last ? <Newest run={last} now={now} /> : '–'}</td>
      <td className={cell}>
        <Baseline health={health} />
      </td>
      <td className={cell}>
        <Schedules health={health} now={now} />
      </td>
      <td className={`${cell} text-right`}>
        <Spent health={health} />
      </td>
      <td className="px-3 py-2 lg:hidden">
        <div className="flex items-center gap-2">
          <Name repository={repository} />
          <Spent health={health} />
        </div>
        {/* The newest run stands at the strip's right end, as it is drawn: so the strip ends at the edge. */}
        <div className="mt-1 flex items-center justify-between gap-3 text-xs text-muted">
          {last && <Newest run={last} now={now} />}
          <HealthStrip health={health} />
        </div>
        <div className="flex flex-wrap items-center gap-x-3 text-xs text-muted *:mt-1">
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
      </td>
    </tr>
  )
}

function Name({ repository }: { readonly repository: RepositoryView }) {
  return (
    <div className="min-w-0 flex-1">
      <Named
        name={
          <Link
            href={`/repositories/${repository.id}`}
            className={`${nameClass} after:absolute after:inset-0`}
          >
            {visible(repository.name)}
          </Link>
        }
        more={repository.forge === 'local' ? visible(repository.source) : repository.forge}
      />
    </div>
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
