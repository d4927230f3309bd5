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

/** Repositories as a table with rows of 36 px; on a narrow screen each is a block of two or three lines. */
export function RepositoryTable({ repositories, health, now }: RepositoryTableProps) {
  return (
    <div className="overflow-clip rounded-lg border bg-surface">
      <table aria-label="Repositories" className="block w-full table-fixed text-sm lg:table">
        <thead className="hidden h-8 bg-raised text-left text-xs text-muted lg:table-header-group">
          <tr>
            <ColumnName>Repository</ColumnName>
            <ColumnName className="w-35">Last 20 runs</ColumnName>
            <ColumnName className="w-67">Newest run</ColumnName>
            <ColumnName className="w-35">Base tests</ColumnName>
            <ColumnName className="w-35">Schedules</ColumnName>
            <ColumnName className="w-32 pr-3 text-right">Spent today</ColumnName>
          </tr>
        </thead>
        <tbody className="block lg:table-row-group">
          {repositories.map((repository) => {
            const its = health.get(repository.id)
            return its ? <Row key={repository.id} repository={repository} health={its} now={now} /> : null
          })}
        </tbody>
      </table>
    </div>
  )
}

const cell = 'lg:table-cell lg:px-1.5 lg:py-1 lg:first:pl-3 lg:last:pr-3'

interface RowProps {
  readonly repository: RepositoryView
  readonly health: RepositoryHealth
  readonly now: number
}

function Row({ repository, health, now }: RowProps) {
  const last = health.recent[0]
  const { schedules, baseline } = health
  return (
    // Drawn once: narrow it is a grid in an order of its own.
    <tr className="relative grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 gap-y-1 border-t px-3 py-2 first:border-t-0 hover:bg-raised lg:table-row lg:h-9 lg:first:border-t">
      <td className={cell}>
        <Name repository={repository} />
      </td>
      <td className={`${cell} order-3 justify-self-end`}>
        <HealthStrip health={health} />
      </td>
      <td className={`${cell} order-2 text-xs text-muted`}>{last ? <Newest run={last} now={now} /> : '–'}</td>
      <td className={`${cell} order-4 ${baseline ? '' : 'hidden'}`}>
        <span className="flex items-center gap-1.5">
          <span className="text-xs text-muted lg:hidden">base</span>
          <Baseline health={health} />
        </span>
      </td>
      <td
        className={`${cell} order-5 justify-self-end ${schedules.count > 0 || schedules.problem ? '' : 'hidden'}`}
      >
        <span className="flex items-center gap-1.5">
          <span className="text-xs text-muted lg:hidden">next</span>
          <Schedules health={health} now={now} />
        </span>
      </td>
      <td className={`${cell} order-1 text-right`}>
        <Spent health={health} />
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
