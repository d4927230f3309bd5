'use client'

import { Columns2, Download, Rows3 } from 'lucide-react'
import { useCallback, useMemo, useRef } from 'react'
import type { LineNote } from '@/components/evidence/checks'
import { plural } from '@/components/format'
import { buttonClass } from '@/components/ui/button'
import { Kbd } from '@/components/ui/kbd'
import { parsePatch } from '@/lib/core/diff'
import { anchorAt } from '@/lib/core/diff-place'
import { DiffRow, type FileFacts } from './diff-row'
import { DiffRows, type RowsHandle } from './diff-rows'
import { FileTree } from './file-tree'
import { LineForm } from './line-form'
import { notesByFile } from './notes'
import { type Row, rowsOf } from './rows'
import { useDiffKeys } from './use-diff-keys'
import { useFiles } from './use-files'
import { type LineTalk, tabStop, useLineTalk } from './use-line-talk'
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
  /** What the server took the time to be, in ms. */
  readonly now: number
  /** Where comments on lines go; null where none can be made. */
  readonly talk: LineTalk | null
}

const none: ReadonlySet<string> = new Set()

/** Side by side needs room for two lines of code. */
const SPLIT_FROM = 900

/**
 * A diff to be read and judged: by file, notes beside the lines, every character shown as what it is. Only what is in
 * view is drawn where it is long. What it shows is text: nothing in it is obeyed.
 */
export function DiffViewer({ text, notes, remember, href, now, talk }: DiffViewerProps) {
  const files = useMemo(() => parsePatch(text), [text])
  const byFile = useMemo(() => notesByFile(notes), [notes])
  const facts = useMemo(() => factsOf(files, notes), [files, notes])
  const [look, setLook] = useRemembered('devpilot:diff', 'unified')
  const split = useWide(SPLIT_FROM) && look === 'split'
  const { viewed, closed: folded, toggle, view } = useFiles(remember)
  const printing = usePrinting()
  const closed = printing ? none : folded
  const box = useRef<HTMLDivElement>(null)
  const handle = useRef<RowsHandle>(null)
  const talking = useLineTalk(box)
  const asked = talk && !printing ? talking.asked : null
  const telling = asked !== null && talking.sent.has(anchorAt(asked))
  const rows = useMemo(
    () => rowsOf({ files, notes: byFile, split, closed, asked, telling }),
    [files, byFile, split, closed, asked, telling],
  )
  const { current, marked, goToFile, goToChange } = usePlace(box, rows, files, handle, { closed, toggle })
  const paths = useMemo(() => files.map(({ path }) => path), [files])
  const tab = useMemo(
    () => (talk ? tabStop(rows, paths, talking.chosen) : null),
    [talk, rows, paths, talking.chosen],
  )
  const keep = useMemo(() => kept(rows, tab?.index ?? null), [rows, tab])
  useDiffKeys({
    file: (by) => goToFile(Math.max(0, Math.min(files.length - 1, current + by))),
    change: goToChange,
    view: () => {
      const path = files[current]?.path
      if (path !== undefined) view(path)
    },
    comment: talk && talking.begin,
  })
  const actions = useMemo(() => ({ toggle, view }), [toggle, view])
  const draw = useCallback(
    (row: Row) => {
      const of = facts[row.file]
      if (!of) return null
      const { path } = of.file
      const here = marked?.startsWith(path) ? marked : null
      if (row.kind === 'form') return talk && <LineForm place={row.place} talk={talk} talking={talking} />
      return (
        <DiffRow
          row={row}
          facts={of}
          closed={closed.has(path)}
          viewed={viewed.has(path)}
          marked={here}
          tab={tab && row === rows[tab.index] ? tab.anchor : null}
          actions={actions}
          comments={talk && talking.actions}
          now={row.kind === 'note' ? now : 0}
        />
      )
    },
    [facts, marked, closed, viewed, actions, talk, talking, tab, rows, now],
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
          {talk && (
            <>
              {' '}
              <Kbd>c</Kbd> comment
            </>
          )}
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
          <DiffRows rows={rows} draw={draw} handle={handle} keep={keep} all={printing} />
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
    const counts = { blocking: count('blocking'), warning: count('warning'), note: count('note') }
    return { file, notes: { ...counts, comment: count('comment') } }
  })
}

/** Rows around the line that the tab key goes to, and those from what is commented on to its form. */
function kept(rows: readonly Row[], tab: number | null): readonly number[] {
  const around = tab === null ? [] : Array.from({ length: 9 }, (_, i) => tab - 4 + i)
  const form = rows.findIndex(({ kind }) => kind === 'form')
  const line = rows.findLastIndex(({ kind }, i) => i < form && kind !== 'note')
  const asked = form === -1 ? [] : Array.from({ length: form - line + 1 }, (_, i) => line + i)
  return [...around, ...asked].filter((index) => index >= 0 && index < rows.length)
}
