'use client'

import { defaultRangeExtractor, useWindowVirtualizer } from '@tanstack/react-virtual'
import {
  Fragment,
  type ReactNode,
  type RefObject,
  useCallback,
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
} from 'react'
import { keysOf } from './row-keys'
import type { Row } from './rows'

/** Moves the page to a row. */
export interface RowsHandle {
  readonly show: (index: number) => void
}

interface RowsProps {
  readonly rows: readonly Row[]
  readonly draw: (row: Row) => ReactNode
  readonly handle: RefObject<RowsHandle | null>
  /** Rows that are drawn wherever the page stands: what is typed into, and what has the focus. */
  readonly keep: readonly number[]
}

interface DiffRowsProps extends RowsProps {
  /** However many there are: paper has no more to scroll to. */
  readonly all: boolean
}

/** What lies over the rows at the top, in pixels: the bar of the page, and with it the header of a file below. */
export const overRows = { bar: 48, head: 84 } as const
/** Up to so many rows all are drawn: then the browser can find in them, print them, and show them before its script is there. */
const ALL = 1_200

export function DiffRows({ all, ...props }: DiffRowsProps) {
  return all || props.rows.length <= ALL ? <AllRows {...props} /> : <RowsInView {...props} />
}

function AllRows({ rows, draw, handle }: RowsProps) {
  const box = useRef<HTMLDivElement>(null)
  const keys = useMemo(() => keysOf(rows), [rows])
  useImperativeHandle(
    handle,
    () => ({
      show: (index) => {
        // A header that sticks does not say where it belongs; what stands before it does.
        const before =
          index > 0 ? box.current?.children[index - 1]?.getBoundingClientRect().bottom : undefined
        const at = before ?? box.current?.getBoundingClientRect().top
        if (at !== undefined) window.scrollTo({ top: window.scrollY + at - overOf(rows[index]) })
      },
    }),
    [rows],
  )
  return (
    <div ref={box}>
      {rows.map((row, index) => (
        <RowBox key={keys[index]} row={row} index={index} last={isLast(rows, index)}>
          {draw(row)}
        </RowBox>
      ))}
    </div>
  )
}

/**
 * Only the rows in view, in the page's own flow with empty room for the others, so that a file's header can stick
 * while its lines pass below.
 */
function RowsInView({ rows, draw, handle, keep }: RowsProps) {
  'use no memo'
  const box = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  const keys = useMemo(() => keysOf(rows), [rows])
  const keyAt = useCallback((index: number) => keys[index] ?? index, [keys])
  const virtual = useWindowVirtualizer({
    count: rows.length,
    getItemKey: keyAt,
    estimateSize: (index) => heights[rows[index]?.kind ?? 'line'],
    // Not rounded: thirty rows above the one in view would move it by the half of a line.
    measureElement: (element) => element.getBoundingClientRect().height,
    overscan: 30,
    scrollMargin: top,
    scrollPaddingStart: overRows.head,
    rangeExtractor: (range) => {
      const drawn = [headOf(rows, range.startIndex), ...keep, ...defaultRangeExtractor(range)]
      return [...new Set(drawn)].sort((a, b) => a - b)
    },
    initialRect: { width: 1_000, height: 900 },
  })
  useEffect(() => {
    const measure = () => {
      const at = box.current?.getBoundingClientRect().top
      if (at === undefined) return
      setTop(Math.round(at + window.scrollY))
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(document.body)
    return () => observer.disconnect()
  }, [])
  useImperativeHandle(
    handle,
    () => ({
      show: (index) => {
        // A file's header sticks where it is shown: only the page's bar lies over it.
        virtual.scrollToIndex(index, { align: 'start' })
      },
    }),
    [virtual],
  )
  const items = virtual.getVirtualItems()
  const total = virtual.getTotalSize()
  let end = top
  return (
    <div ref={box} style={{ overflowAnchor: 'none' }}>
      {items.map((item) => {
        const row = rows[item.index]
        const room = item.start - end
        end = item.end
        if (!row) return null
        return (
          <Fragment key={item.key}>
            {room > 0 && <div style={{ height: room }} />}
            <RowBox
              row={row}
              index={item.index}
              last={isLast(rows, item.index)}
              measure={virtual.measureElement}
            >
              {draw(row)}
            </RowBox>
          </Fragment>
        )
      })}
      <div style={{ height: Math.max(0, top + total - end) }} />
    </div>
  )
}

/** Of rows that have not been drawn yet. */
const heights: Readonly<Record<Row['kind'], number>> = {
  file: 36,
  said: 32,
  note: 70,
  form: 150,
  hunk: 26,
  line: 18.6,
  pair: 18.6,
}

const overOf = (row: Row | undefined): number => (row?.kind === 'file' ? overRows.bar : overRows.head)

function headOf(rows: readonly Row[], from: number): number {
  for (let index = from; index > 0; index -= 1) if (rows[index]?.kind === 'file') return index
  return 0
}

const isLast = (rows: readonly Row[], index: number): boolean => {
  const next = rows[index + 1]
  return next === undefined || next.kind === 'file'
}

interface RowBoxProps {
  readonly row: Row
  readonly index: number
  /** The last of its file. */
  readonly last: boolean
  readonly measure?: (element: HTMLElement | null) => void
  readonly children: ReactNode
}

function RowBox({ row, index, last, measure, children }: RowBoxProps) {
  const head = row.kind === 'file' ? 'sticky top-12 z-10 bg-bg' : ''
  return (
    <div
      ref={measure}
      data-index={index}
      data-file={row.kind === 'file' ? row.file : undefined}
      className={head}
    >
      {children}
      {last && (
        // A margin would stand outside of what is measured.
        <div className="pb-3">
          {row.kind !== 'file' && <div className="h-1.5 rounded-b-lg border border-t-0 bg-surface" />}
        </div>
      )}
    </div>
  )
}
