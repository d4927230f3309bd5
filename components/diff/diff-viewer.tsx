'use client'

import { Columns2, Download, Rows3 } from 'lucide-react'
import { useCallback, useMemo, useRef, useState } from 'react'
import type { LineNote } from '@/components/evidence/checks'
import { plural } from '@/components/format'
import { useShortcuts } from '@/components/shell/use-shortcuts'
import { buttonClass } from '@/components/ui/button'
import { Kbd } from '@/components/ui/kbd'
import { parsePatch } from '@/lib/core/diff'
import { DiffRow, type FileFacts } from './diff-row'
import { DiffRows, type RowsHandle } from './diff-rows'
import { FileTree } from './file-tree'
import { notesByFile } from './notes'
import { type Row, rowsOf } from './rows'
import { usePlace } from './use-place'
import { usePrinting } from './use-printing'
import { useRemembered, useWide } from './use-remembered'

interface DiffViewerProps {
  /** A cut diff, see lib/core/diff-cut.ts. */
  readonly text: string
  readonly notes: readonly LineNote[]
  /** What the marks of viewed files are remembered under: another change has none. */
  readonly remember: string
  /** Where the whole diff can be had as a file. */
  readonly href: string | null
}

const none: ReadonlySet<string> = new Set()

/** Side by side needs room for two lines of code. */
const SPLIT_FROM = 900

/**
 * A diff to be read and judged: by file, notes beside the lines, every character shown as what it is. Only what is in
 * view is drawn where it is long. What it shows is text: nothing in it is obeyed.
 */
export function DiffViewer({ text, notes, remember, href }: DiffViewerProps) {
  const files = useMemo(() => parsePatch(text), [text])
  const byFile = useMemo(() => notesByFile(notes), [notes])
  const facts = useMemo(() => factsOf(files, notes), [files, notes])
  const [look, setLook] = useRemembered('devpilot:diff', 'unified')
  const split = useWide(SPLIT_FROM) && look === 'split'
  const { viewed, closed: folded, toggle, view } = useFiles(remember)
  const printing = usePrinting()
  const closed = printing ? none : folded
  const rows = useMemo(() => rowsOf({ files, notes: byFile, split, closed }), [files, byFile, split, closed])
  const box = useRef<HTMLDivElement>(null)
  const handle = useRef<RowsHandle>(null)
  const { current, marked, goToFile, goToChange } = usePlace(box, rows, files, handle)
  useDiffKeys({
    file: (by) => goToFile(Math.max(0, Math.min(files.length - 1, current + by))),
    change: goToChange,
    view: () => {
      const path = files[current]?.path
      if (path !== undefined) view(path)
    },
  })
  const actions = useMemo(() => ({ toggle, view }), [toggle, view])
  const draw = useCallback(
    (row: Row) => {
      const of = facts[row.file]
      if (!of) return null
      const { path } = of.file
      const here = marked?.startsWith(path) ? marked : null
      return (
        <DiffRow
          row={row}
          facts={of}
          closed={closed.has(path)}
          viewed={viewed.has(path)}
          marked={here}
          actions={actions}
        />
      )
    },
    [facts, marked, closed, viewed, actions],
  )
  const done = files.filter((file) => viewed.has(file.path)).length
  return (
    <div ref={box} className="@container">
      <div className="mb-2 flex flex-wrap items-center gap-x-4 gap-y-2 text-sm text-muted">
        <p aria-live="polite">
          {plural(files.length, 'file')}, <Sums files={facts} />, {done} viewed
        </p>
        <p className="hidden items-center gap-1 text-xs @2xl:flex">
          <Kbd>j</Kbd>
          <Kbd>k</Kbd> file <Kbd>n</Kbd>
          <Kbd>p</Kbd> change <Kbd>v</Kbd> viewed
        </p>
        <div className="ml-auto flex gap-2">
          {href && (
            <a href={href} download className={buttonClass('quiet')}>
              <Download aria-hidden className="size-4" />
              <span className="sr-only @md:not-sr-only">Diff as a file</span>
            </a>
          )}
          <button
            type="button"
            aria-pressed={look === 'split'}
            onClick={() => setLook(look === 'split' ? 'unified' : 'split')}
            className={`${buttonClass('plain')} max-[899px]:hidden!`}
          >
            {look === 'split' ? (
              <Rows3 aria-hidden className="size-4" />
            ) : (
              <Columns2 aria-hidden className="size-4" />
            )}
            {look === 'split' ? 'One column' : 'Side by side'}
          </button>
        </div>
      </div>
      <div className="@5xl:grid @5xl:grid-cols-[15rem_minmax(0,1fr)] @5xl:gap-4">
        {files.length > 1 && (
          <div className="mb-3 max-h-56 overflow-y-auto rounded-lg border bg-surface p-1 @5xl:sticky @5xl:top-15 @5xl:mb-0 @5xl:max-h-[calc(100dvh-9rem)] @5xl:self-start">
            <FileTree files={facts} viewed={viewed} current={current} go={goToFile} />
          </div>
        )}
        <section aria-label="Changed lines" className={files.length > 1 ? 'min-w-0' : '@5xl:col-span-2'}>
          <DiffRows rows={rows} draw={draw} handle={handle} all={printing} />
        </section>
      </div>
    </div>
  )
}

function Sums({ files }: { readonly files: readonly FileFacts[] }) {
  const sum = (side: 'added' | 'removed') => files.reduce((total, { file }) => total + file[side], 0)
  return (
    <>
      <span className="num text-added-sign">+{sum('added')}</span>{' '}
      <span className="num text-removed-sign">−{sum('removed')}</span>
    </>
  )
}

function factsOf(files: ReturnType<typeof parsePatch>, notes: readonly LineNote[]): readonly FileFacts[] {
  return files.map((file) => {
    const here = notes.filter((note) => note.file === file.path)
    const count = (kind: LineNote['kind']) => here.filter((note) => note.kind === kind).length
    return { file, notes: { blocking: count('blocking'), warning: count('warning'), note: count('note') } }
  })
}

interface Files {
  readonly viewed: ReadonlySet<string>
  readonly closed: ReadonlySet<string>
  readonly toggle: (path: string) => void
  readonly view: (path: string) => void
}

/** Which files were viewed, which this browser remembers, and which are closed: those that were viewed, unless opened again. */
function useFiles(remember: string): Files {
  const [kept, keep] = useRemembered(`devpilot:viewed:${remember}`, '')
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set())
  const viewed = useMemo(() => new Set(kept.split('\0').filter(Boolean)), [kept])
  const closed = useMemo(() => new Set([...turned].reduce(flip, viewed)), [viewed, turned])
  const toggle = useCallback((path: string) => setTurned((before) => flip(before, path)), [])
  const view = useCallback(
    (path: string) => {
      keep([...flip(viewed, path)].join('\0'))
      setTurned((before) => without(before, path))
    },
    [keep, viewed],
  )
  return { viewed, closed, toggle, view }
}

const without = (set: ReadonlySet<string>, path: string): ReadonlySet<string> =>
  new Set([...set].filter((item) => item !== path))
const flip = (set: ReadonlySet<string>, path: string): ReadonlySet<string> =>
  set.has(path) ? without(set, path) : new Set([...set, path])

interface DiffKeys {
  readonly file: (by: 1 | -1) => void
  readonly change: (by: 1 | -1) => void
  readonly view: () => void
}

function useDiffKeys({ file, change, view }: DiffKeys): void {
  const group = 'The change'
  useShortcuts([
    { keys: ['j'], label: 'Next file', group, run: () => file(1), repeats: true },
    { keys: ['k'], label: 'File before', group, run: () => file(-1), repeats: true },
    { keys: ['n'], label: 'Next change', group, run: () => change(1), repeats: true },
    { keys: ['p'], label: 'Change before', group, run: () => change(-1), repeats: true },
    { keys: ['v'], label: 'The file is viewed, or not', group, run: view },
  ])
}
