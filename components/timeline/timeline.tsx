'use client'

import { type ReactNode, useRef, useState } from 'react'
import { Ignored } from '@/components/ignored'
import { href } from '@/components/params'
import { lookedBack, Pages } from '@/components/ui/pages'
import { useAddress } from '@/components/use-address'
import type { ColumnChoice } from '@/lib/core/run-columns'
import type { Ignored as Part, RunFilterTexts } from '@/lib/core/run-filters'
import type { RunFacets } from '@/lib/services/runs/facets'
import type { RunPage, RunSummary, SavedView } from '@/lib/services/views'
import { BulkBar } from './bulk-bar'
import { Chips } from './chips'
import { ColumnMenu } from './column-menu'
import { ExportMenu } from './export-menu'
import { FilterBar } from './filter-bar'
import { FreshLine } from './fresh-line'
import { RunCards } from './run-cards'
import { RunGrid } from './run-grid'
import type { BulkAction, BulkKind, Choice, RemoveViewAction, SaveViewAction } from './types'
import { useColumns } from './use-columns'
import { useHeld } from './use-held'
import { ViewsMenu } from './views-menu'

export interface TimelineProps {
  readonly page: RunPage
  /** Tells one list from another: what is chosen belongs to one. */
  readonly listKey: string
  readonly filters: RunFilterTexts
  readonly ignored: readonly Part[]
  readonly facets: RunFacets
  readonly views: readonly SavedView[]
  readonly columns: ColumnChoice
  /** Those that the address names; empty: none. */
  readonly namedColumns: string
  /** The list begins with the newest run there is. */
  readonly atTop: boolean
  readonly now: number
  /** May cancel and retry. */
  readonly maySteer: boolean
  readonly bulk: BulkAction
  readonly saveView: SaveViewAction
  readonly removeView: RemoveViewAction
  /** What stands instead of a list without a row. */
  readonly empty: ReactNode
  /** Between the filters and the list. */
  readonly children?: ReactNode
}

/** Every run: filters, rows, what can be done to many of them. */
export function Timeline(props: TimelineProps) {
  const { page, facets, views, ignored, empty, children, maySteer } = props
  const { next, previous, lookedBackTo } = page
  const to = (place: Readonly<Record<string, string>>) => href('/timeline', { ...props.filters, ...place })
  const filters = useAddress(props.filters, ['cursor', 'newer'])
  const columns = useColumns(props.columns, props.namedColumns)
  const names = new Map([...facets.repositories, ...facets.authors].map(({ id, name }) => [id, name]))
  return (
    <>
      <FilterBar filters={filters} q={props.filters.q ?? ''} facets={facets}>
        <ViewsMenu
          views={views}
          filters={props.filters}
          shown={columns.shown}
          mayShare={maySteer}
          save={props.saveView}
          remove={props.removeView}
        />
        <ExportMenu filters={props.filters} />
        <span className="hidden lg:block">
          <ColumnMenu columns={columns} />
        </span>
      </FilterBar>
      <Chips filters={filters} names={names} />
      <Ignored parts={ignored} />
      <div aria-busy={filters.pending} className={filters.pending ? 'opacity-60 transition-opacity' : ''}>
        {children ?? <Rows key={props.listKey} {...props} columns={columns} />}
        {page.items.length === 0 && !children && page.lookedBackTo === null && empty}
        <Pages
          note={lookedBackTo && `Few runs are like this. ${lookedBack(lookedBackTo)}`}
          to={{
            'Newest runs': previous && to({}),
            'Newer runs': previous && to({ newer: previous }),
            [lookedBackTo ? 'Look further back' : 'Older runs']: next && to({ cursor: next }),
          }}
        />
      </div>
    </>
  )
}

const createdAt = (run: RunSummary): string => run.createdAt

type RowsProps = Omit<TimelineProps, 'columns'> & { readonly columns: ReturnType<typeof useColumns> }

function Rows({ page, filters, columns, atTop, now, maySteer, bulk }: RowsProps) {
  const held = useHeld(page.items, createdAt)
  const runs = atTop ? held.shown : page.items
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [all, setAll] = useState(false)
  const [asked, ask] = useState<BulkKind | null>(null)
  const choose = maySteer
    ? (next: ReadonlySet<string>) => {
        setChosen(next)
        setAll(false)
      }
    : null
  const choice: Choice = all ? { kind: 'all' } : { kind: 'rows', ids: [...chosen] }
  const newest = useRef('')
  newest.current = runs[0]?.createdAt ?? newest.current
  const everyRow = runs.every((run) => chosen.has(run.id))
  return (
    <>
      <FreshLine
        count={atTop ? held.fresh : 0}
        full={held.fresh === page.items.length}
        one="run"
        many="runs"
        show={held.show}
      />
      {runs.length > 0 && (
        <>
          <RunGrid runs={runs} now={now} columns={columns} chosen={chosen} choose={choose} />
          <RunCards runs={runs} now={now} chosen={chosen} choose={choose} />
        </>
      )}
      {/* What is done to the rows may take the last of them out of the list: it is told to its end all the same. */}
      {chosen.size > 0 && (runs.length > 0 || asked !== null) && (
        <BulkBar
          choice={choice}
          filters={filters}
          until={newest.current}
          filtered={Object.keys(filters).length > 0}
          mayTakeAll={everyRow && (page.next !== null || page.previous !== null)}
          takeAll={() => setAll(true)}
          clear={() => choose?.(new Set())}
          asked={asked}
          ask={ask}
          act={bulk}
        />
      )}
    </>
  )
}
