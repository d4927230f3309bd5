'use client'

import { clsx } from 'clsx'
import { ChevronRight } from 'lucide-react'
import { memo } from 'react'
import type { LineNote } from '@/components/evidence/checks'
import type { PatchFile } from '@/lib/core/diff'
import { visible } from '@/lib/core/visible'
import { DiffLine, type LineActions } from './diff-line'
import { DiffNote, noteLooks } from './diff-note'
import type { Row } from './rows'

export interface FileFacts {
  readonly file: PatchFile
  readonly notes: Readonly<Record<LineNote['kind'], number>>
}

export interface RowActions {
  readonly toggle: (path: string) => void
  readonly view: (path: string) => void
}

interface DiffRowProps {
  readonly row: Exclude<Row, { kind: 'form' }>
  readonly facts: FileFacts
  readonly closed: boolean
  readonly viewed: boolean
  /** The line that the page's address names. */
  readonly marked: string | null
  /** The line whose button the tab key goes to, where it is in this row. */
  readonly tab: string | null
  readonly actions: RowActions
  /** null where nobody comments on lines. */
  readonly comments: LineActions | null
  /** What the server took the time to be, in ms: for notes. */
  readonly now: number
}

export const DiffRow = memo(function DiffRow(props: DiffRowProps) {
  const { row, facts, closed, viewed, actions, now } = props
  const { marked, tab, comments } = props
  const line = { path: facts.file.path, marked, tab, comments }
  switch (row.kind) {
    case 'file':
      return <FileHead facts={facts} closed={closed} viewed={viewed} actions={actions} />
    case 'said':
      return <p className="border-x bg-surface px-3 py-2 text-sm text-muted">{visible(row.words)}</p>
    case 'note':
      return (
        <div className="border-x">
          <DiffNote note={row.note} apart={row.apart} now={now} />
        </div>
      )
    case 'hunk':
      return (
        <p className="code truncate border-x bg-bg px-3 py-1 text-faint">
          Line {row.hunk.newStart} {visible(row.hunk.section)}
        </p>
      )
    case 'line':
      return (
        <div className="border-x bg-surface">
          <DiffLine side={row.side} numbers="both" {...line} />
        </div>
      )
    case 'pair':
      return (
        <div className="grid grid-cols-2 divide-x border-x bg-surface">
          {row.old ? <DiffLine side={row.old} numbers="old" {...line} /> : <div className="bg-bg" />}
          {row.now ? <DiffLine side={row.now} numbers="new" {...line} /> : <div className="bg-bg" />}
        </div>
      )
    default:
      return row satisfies never
  }
})

interface FileHeadProps {
  readonly facts: FileFacts
  readonly closed: boolean
  readonly viewed: boolean
  readonly actions: RowActions
}

function FileHead({ facts: { file, notes }, closed, viewed, actions }: FileHeadProps) {
  return (
    <div
      className={clsx(
        'flex h-9 items-center gap-2 border bg-raised px-2 text-sm',
        closed ? 'rounded-lg' : 'rounded-t-lg',
      )}
    >
      <h3 className="flex min-w-0 flex-1">
        <button
          type="button"
          aria-expanded={!closed}
          onClick={() => actions.toggle(file.path)}
          title={visible(file.path)}
          className="flex min-w-0 items-center gap-1.5 print:flex!"
        >
          <ChevronRight
            aria-hidden
            className={clsx('size-4 shrink-0 text-faint transition-transform', !closed && 'rotate-90')}
          />
          <span className={clsx('code min-w-0 truncate font-medium', viewed && 'text-muted')}>
            {file.oldPath && <span className="text-muted">{visible(file.oldPath)} → </span>}
            {visible(file.path)}
          </span>
        </button>
      </h3>
      {file.status !== 'modified' && (
        <span className="hidden shrink-0 text-xs text-muted sm:inline">{file.status}</span>
      )}
      <NoteCounts notes={notes} />
      <Counts added={file.added} removed={file.removed} />
      <label className="flex shrink-0 cursor-pointer items-center gap-1.5 text-xs text-muted">
        <input
          type="checkbox"
          checked={viewed}
          onChange={() => actions.view(file.path)}
          aria-label={`Viewed ${visible(file.path)}`}
          className="size-4 accent-(--accent-fill)"
        />
        <span className="hidden sm:inline">Viewed</span>
      </label>
    </div>
  )
}

export function Counts({ added, removed }: { readonly added: number; readonly removed: number }) {
  return (
    <span className="num shrink-0 text-xs">
      <span className="text-added-sign">+{added}</span> <span className="text-removed-sign">−{removed}</span>
    </span>
  )
}

export function NoteCounts({ notes }: { readonly notes: FileFacts['notes'] }) {
  return (['blocking', 'warning', 'comment'] as const).map((kind) => {
    const look = noteLooks[kind]
    if (notes[kind] === 0) return null
    return (
      <span
        key={kind}
        title={`${notes[kind]} ${look.many}`}
        className={clsx('flex shrink-0 items-center gap-0.5 text-xs font-medium', look.tone)}
      >
        <look.icon aria-hidden className="size-3.5" />
        {notes[kind]}
        <span className="sr-only"> {look.many}</span>
      </span>
    )
  })
}
