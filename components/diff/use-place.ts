'use client'

import { type RefObject, useCallback, useEffect, useRef, useState } from 'react'
import type { PatchFile } from '@/lib/core/diff'
import { overRows, type RowsHandle } from './diff-rows'
import { hasAnchor, type Row } from './rows'

interface Place {
  /** The file whose lines are at the top of the window. */
  readonly current: number
  /** The line that the page's address names. */
  readonly marked: string | null
  readonly goToFile: (file: number) => void
  readonly goToChange: (by: 1 | -1) => void
}

/** Files whose lines are not drawn. */
interface Folded {
  readonly closed: ReadonlySet<string>
  readonly toggle: (path: string) => void
}

/** Where in the diff the page stands, and how it is moved. */
export function usePlace(
  box: RefObject<HTMLDivElement | null>,
  rows: readonly Row[],
  files: readonly PatchFile[],
  handle: RefObject<RowsHandle | null>,
  folded: Folded,
): Place {
  const current = useCurrentFile(box, rows)
  const marked = useMarked(rows, files, handle, folded)
  const goToFile = useCallback(
    (file: number) => {
      const index = rows.findIndex((row) => row.kind === 'file' && row.file === file)
      if (index !== -1) handle.current?.show(index)
    },
    [rows, handle],
  )
  const last = useRef<{ index: number; at: number } | null>(null)
  const goToChange = useCallback(
    (by: 1 | -1) => {
      const moved = last.current && Math.abs(window.scrollY - last.current.at) > 8
      const from = last.current && !moved ? last.current.index : topRow(box.current) - (by === 1 ? 1 : 0)
      const index = nextChange(rows, from, by)
      if (index === null) return
      handle.current?.show(index)
      // Rows that come into view are measured, and the page moves a little for it.
      setTimeout(() => {
        last.current = { index, at: window.scrollY }
      }, 120)
      last.current = { index, at: window.scrollY }
    },
    [rows, handle, box],
  )
  return { current, marked, goToFile, goToChange }
}

/** The row that begins the next or the last change from there. */
export function nextChange(rows: readonly Row[], from: number, by: 1 | -1): number | null {
  for (let index = from + by; index >= 0 && index < rows.length; index += by) {
    const row = rows[index]
    if (row && (row.kind === 'line' || row.kind === 'pair') && row.begins) return index
  }
  return null
}

/** Index of the first row that lies below what sticks at the top. */
function topRow(box: HTMLElement | null): number {
  const { head } = overRows
  for (const row of box?.querySelectorAll<HTMLElement>('[data-index]:not([data-file])') ?? [])
    if (row.getBoundingClientRect().top >= head - 2) return Number(row.dataset.index)
  return 0
}

function useCurrentFile(box: RefObject<HTMLDivElement | null>, rows: readonly Row[]): number {
  const [current, setCurrent] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: other rows stand elsewhere
  useEffect(() => {
    let frame = 0
    const look = () => {
      frame = 0
      let found = 0
      const over = overRows.head
      for (const head of box.current?.querySelectorAll<HTMLElement>('[data-file]') ?? []) {
        if (head.getBoundingClientRect().top > over + 1) break
        found = Number(head.dataset.file)
      }
      setCurrent(found)
    }
    const moved = () => {
      frame ||= requestAnimationFrame(look)
    }
    moved()
    window.addEventListener('scroll', moved, { passive: true })
    return () => {
      window.removeEventListener('scroll', moved)
      cancelAnimationFrame(frame)
    }
  }, [box, rows])
  return current
}

/**
 * The line or file of the address; the page is moved there when it is opened so, or when the address changes or is
 * asked for again. A file that is closed is opened for it.
 */
function useMarked(
  rows: readonly Row[],
  files: readonly PatchFile[],
  handle: RefObject<RowsHandle | null>,
  { closed, toggle }: Folded,
): string | null {
  const [marked, setMarked] = useState<{ readonly line: string | null }>({ line: null })
  const shown = useRef<typeof marked | null>(null)
  const opened = useRef<typeof marked | null>(null)
  useEffect(() => {
    const read = () => setMarked({ line: hashOf(window.location.hash) })
    read()
    window.addEventListener('hashchange', read)
    return () => window.removeEventListener('hashchange', read)
  }, [])
  useEffect(() => {
    const { line } = marked
    if (line === null || shown.current === marked) return
    const index = rows.findIndex((row) => hasAnchor(row, files, line))
    if (index !== -1) {
      shown.current = marked
      handle.current?.show(index)
      return
    }
    const file = files.find(({ path }) => closed.has(path) && isLineOf(path, line))
    if (!file || opened.current === marked) return
    opened.current = marked
    toggle(file.path)
  }, [marked, rows, files, handle, closed, toggle])
  return marked.line
}

const isLineOf = (path: string, anchor: string): boolean =>
  anchor.startsWith(path) && /^-[LR]\d+$/.test(anchor.slice(path.length))

function hashOf(hash: string): string | null {
  if (hash.length < 2) return null
  try {
    return decodeURI(hash.slice(1))
  } catch {
    // An address with a broken escape names no line.
    return null
  }
}
