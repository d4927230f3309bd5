'use client'

import {
  type ColumnDef,
  columnOrderingFeature,
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  rowSelectionFeature,
  tableFeatures,
} from '@tanstack/react-table'
import type { ReactNode } from 'react'
import { costOf, money, triggerLabel } from '@/components/format'
import { StepMark } from '@/components/ui/agent-mark'
import { Link } from '@/components/ui/link'
import { Named, nameClass } from '@/components/ui/named'
import { RunStatusChip } from '@/components/ui/status'
import { Elapsed, TimeAgo } from '@/components/ui/time-ago'
import { type ColumnName, columnNames, columnWidth } from '@/lib/core/run-columns'
import { visible } from '@/lib/core/visible'
import type { RunSummary } from '@/lib/services/views'

export const features = tableFeatures({
  columnOrderingFeature,
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  rowSelectionFeature,
})

interface Look {
  readonly label: string
  /** In px, until somebody draws it. */
  readonly width: number
  /** Figures stand at the right. */
  readonly right?: boolean
  readonly cell: (run: RunSummary, now: number) => ReactNode
}

const dash = <span className="text-faint">–</span>

export const looks: Readonly<Record<ColumnName, Look>> = {
  status: { label: 'Status', width: 188, cell: (run) => <RunStatusChip status={run.status} /> },
  title: {
    label: 'Run',
    width: 360,
    cell: (run) => (
      <Named
        name={
          <Link
            href={`/runs/${run.id}`}
            className={`${nameClass} after:absolute after:inset-0 hover:underline`}
          >
            {visible(run.title)}
          </Link>
        }
        more={visible(run.detail)}
      />
    ),
  },
  repository: { label: 'Repository', width: 150, cell: (run) => visible(run.repository?.name ?? '–') },
  trigger: { label: 'From', width: 112, cell: (run) => triggerLabel(run.trigger) },
  flow: { label: 'Flow', width: 104, cell: (run) => visible(run.flow) },
  author: { label: 'Asked by', width: 128, cell: (run) => visible(run.requestedBy.name) },
  agents: {
    label: 'Agents',
    width: 140,
    cell: ({ agents }) =>
      agents.length === 0 ? (
        dash
      ) : (
        <span className="flex gap-1" title={agents.join(', ')}>
          {agents.map((agent) => (
            <StepMark key={agent} step={agent} />
          ))}
          <span className="sr-only">{agents.join(', ')}</span>
        </span>
      ),
  },
  models: {
    label: 'Models',
    width: 160,
    cell: ({ models }) =>
      models.length === 0 ? dash : <span className="code">{visible(models.join(', '))}</span>,
  },
  score: { label: 'Score', width: 72, right: true, cell: (run) => run.score ?? dash },
  cost: {
    label: 'Cost',
    width: 84,
    right: true,
    cell: (run) => <span title={costOf(run.costMicros, run.budgetMicros)}>{money(run.costMicros)}</span>,
  },
  duration: {
    label: 'Took',
    width: 96,
    right: true,
    cell: (run, now) => (run.startedAt ? <Elapsed from={run.startedAt} to={run.endedAt} now={now} /> : dash),
  },
  created: {
    label: 'Asked for',
    width: 104,
    right: true,
    cell: (run, now) => <TimeAgo at={run.createdAt} now={now} />,
  },
}

/** The table's columns; the box that chooses a row is drawn by the grid itself. */
export const columns: ColumnDef<typeof features, RunSummary>[] = columnNames.map((id) => ({
  id,
  header: looks[id].label,
  size: looks[id].width,
  minSize: columnWidth.least,
  maxSize: columnWidth.most,
}))

export function columnName(id: string): ColumnName {
  return columnNames.find((name) => name === id) ?? 'title'
}
