'use client'

import { type RowSelectionState, useTable } from '@tanstack/react-table'
import { clsx } from 'clsx'
import type { KeyboardEvent } from 'react'
import { columnNames, columnWidth } from '@/lib/core/run-columns'
import type { RunSummary } from '@/lib/services/views'
import { columnName, columns as definitions, features, looks } from './columns'
import type { Columns } from './use-columns'

interface RunGridProps {
  readonly runs: readonly RunSummary[]
  readonly now: number
  readonly columns: Columns
  readonly chosen: ReadonlySet<string>
  /** null where nobody may steer: then there is nothing to choose for. */
  readonly choose: ((chosen: ReadonlySet<string>) => void) | null
}

/** Runs as a table of 36 px rows: columns in their order and width, rows to be chosen. For wide screens. */
export function RunGrid({ runs, now, columns, chosen, choose }: RunGridProps) {
  const { shown, widths, widen } = columns
  const rowSelection: RowSelectionState = Object.fromEntries([...chosen].map((id) => [id, true]))
  const columnSizing = widthsOf(widths)
  const table = useTable({
    features,
    columns: definitions,
    data: [...runs],
    getRowId: (run) => run.id,
    columnResizeMode: 'onChange',
    enableRowSelection: choose !== null,
    state: {
      columnOrder: [...shown],
      columnVisibility: Object.fromEntries(columnNames.map((name) => [name, shown.includes(name)])),
      columnSizing,
      rowSelection,
    },
    onRowSelectionChange: (updater) => {
      const next = typeof updater === 'function' ? updater(rowSelection) : updater
      choose?.(new Set(Object.keys(next).filter((id) => next[id])))
    },
    onColumnSizingChange: (updater) => {
      const next = typeof updater === 'function' ? updater(columnSizing) : updater
      widen(Object.fromEntries(Object.entries(next).map(([name, width]) => [name, Math.round(width)])))
    },
  })
  const resize = (event: KeyboardEvent, name: string, width: number) => {
    const by = event.key === 'ArrowLeft' ? -16 : event.key === 'ArrowRight' ? 16 : 0
    if (by === 0) return
    event.preventDefault()
    const next = Math.max(columnWidth.least, Math.min(columnWidth.most, width + by))
    widen({ ...widths, [name]: next })
  }
  return (
    <div className="hidden overflow-x-auto rounded-lg border bg-surface lg:block">
      <table className="w-full table-fixed text-sm" aria-label="Runs">
        <thead className="bg-raised text-xs text-muted">
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id} className="h-8">
              {choose && (
                <th scope="col" className="w-9 pl-3 text-left">
                  <Box
                    label="Choose all on this page"
                    checked={table.getIsAllRowsSelected()}
                    some={table.getIsSomeRowsSelected()}
                    onChange={() => table.toggleAllRowsSelected()}
                  />
                </th>
              )}
              {group.headers.map((header) => {
                const name = columnName(header.column.id)
                const { label, right } = looks[name]
                return (
                  <th
                    key={header.id}
                    scope="col"
                    className={clsx('relative px-3 font-normal', right ? 'text-right' : 'text-left')}
                    style={widthOf(name, widths[name])}
                  >
                    {label}
                    <button
                      type="button"
                      aria-label={`Width of ${label}, ${header.getSize()} pixels: arrow keys change it`}
                      onMouseDown={header.getResizeHandler()}
                      onTouchStart={header.getResizeHandler()}
                      onKeyDown={(event) => resize(event, name, header.getSize())}
                      className="absolute inset-y-1 -right-px z-10 w-1.5 cursor-col-resize touch-none border-r border-line hover:border-accent focus-visible:border-accent"
                    />
                  </th>
                )
              })}
            </tr>
          ))}
        </thead>
        <tbody>
          {table.getRowModel().rows.map((row) => (
            <tr
              key={row.id}
              className={clsx('h-9 border-t', row.getIsSelected() ? 'bg-accent-tint' : 'hover:bg-raised')}
            >
              {choose && (
                <td className="pl-3">
                  <Box
                    label={`Choose: ${row.original.title}`}
                    checked={row.getIsSelected()}
                    onChange={() => row.toggleSelected()}
                  />
                </td>
              )}
              {row.getVisibleCells().map((cell) => {
                const name = columnName(cell.column.id)
                const look = looks[name]
                return (
                  <td
                    key={cell.id}
                    className={clsx(
                      'truncate px-3',
                      look.right && 'num text-right',
                      // The whole cell leads to the run; the others can be pointed at and copied from.
                      name === 'title' ? 'relative' : 'text-muted',
                    )}
                  >
                    {look.cell(row.original, now)}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const widthsOf = (widths: Columns['widths']): Record<string, number> =>
  Object.fromEntries(Object.entries(widths).filter(([, width]) => width !== undefined))

/** The title takes what the others leave, unless somebody drew it. */
function widthOf(name: keyof typeof looks, drawn: number | undefined) {
  if (drawn !== undefined) return { width: drawn }
  return name === 'title' ? {} : { width: looks[name].width }
}

interface BoxProps {
  readonly label: string
  readonly checked: boolean
  readonly some?: boolean
  readonly onChange: () => void
}

export function Box({ label, checked, some = false, onChange }: BoxProps) {
  return (
    <input
      type="checkbox"
      aria-label={label}
      checked={checked}
      ref={(box) => {
        if (box) box.indeterminate = some && !checked
      }}
      onChange={onChange}
      className="block size-4 accent-(--accent-fill)"
    />
  )
}
