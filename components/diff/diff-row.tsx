'use client'

import { clsx } from 'clsx'
import { ChevronRight } from 'lucide-react'
import { memo } from 'react'
import type { LineNote } from '@/components/evidence/checks'
import type { PatchFile, PatchLine } from '@/lib/core/diff'
import { visible } from '@/lib/core/visible'
import { DiffNote, noteLooks } from './diff-note'
import { LineText } from './line-text'
import { anchorOf, type Row, type Side } from './rows'

export interface FileFacts {
  readonly file: PatchFile
  readonly notes: Readonly<Record<LineNote['kind'], number>>
}

export interface RowActions {
  readonly toggle: (path: string) => void
  readonly view: (path: string) => void
}

interface DiffRowProps {
  readonly row: Row
  readonly facts: FileFacts
  readonly closed: boolean
  readonly viewed: boolean
  /** The line that the page's address names. */
  readonly marked: string | null
  readonly actions: RowActions
}

export const DiffRow = memo(function DiffRow({ row, facts, closed, viewed, marked, actions }: DiffRowProps) {
  const { path } = facts.file
  switch (row.kind) {
    case 'file':
      return <FileHead facts={facts} closed={closed} viewed={viewed} actions={actions} />
    case 'said':
      return <p className="border-x bg-surface px-3 py-2 text-sm text-muted">{visible(row.words)}</p>
    case 'note':
      return (
        <div className="border-x">
          <DiffNote note={row.note} apart={row.apart} />
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
          <Line path={path} side={row.side} numbers="both" marked={marked} />
        </div>
      )
    case 'pair':
      return (
        <div className="grid grid-cols-2 divide-x border-x bg-surface">
          {row.old ? (
            <Line path={path} side={row.old} numbers="old" marked={marked} />
          ) : (
            <div className="bg-bg" />
          )}
          {row.now ? (
            <Line path={path} side={row.now} numbers="new" marked={marked} />
          ) : (
            <div className="bg-bg" />
          )}
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
  return (['blocking', 'warning'] as const).map((kind) => {
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

const looks: Readonly<Record<PatchLine['kind'], { sign: string; word: string; row: string; text: string }>> =
  {
    context: { sign: ' ', word: '', row: '', text: '' },
    added: { sign: '+', word: 'added', row: 'bg-added', text: 'text-added-sign' },
    removed: { sign: '−', word: 'removed', row: 'bg-removed', text: 'text-removed-sign' },
  }

interface LineProps {
  readonly path: string
  readonly side: Side
  readonly numbers: 'both' | 'old' | 'new'
  readonly marked: string | null
}

function Line({ path, side, numbers, marked }: LineProps) {
  const { line } = side
  const look = looks[line.kind]
  const anchor = anchorOf(path, line)
  const here = marked === anchor
  return (
    <div
      className={clsx(
        'flex min-w-0 items-start',
        look.row,
        here && 'shadow-[inset_3px_0_var(--accent)] outline outline-accent -outline-offset-1',
      )}
      data-line={numbers === 'old' && line.kind === 'context' ? undefined : anchor}
    >
      {numbers !== 'new' && <LineNumber at={line.oldLine} anchor={anchor} narrow={numbers === 'both'} />}
      {numbers !== 'old' && <LineNumber at={line.newLine} anchor={anchor} narrow={false} />}
      <span className={clsx('code w-4 shrink-0 text-center select-none', look.text)}>
        <span aria-hidden>{look.sign}</span>
        {look.word && <span className="sr-only">{look.word}: </span>}
      </span>
      <span className="code min-w-0 flex-1 pr-3 wrap-anywhere whitespace-pre-wrap [tab-size:4]">
        <LineText path={path} side={side} />
      </span>
    </div>
  )
}

interface LineNumberProps {
  readonly at: number | null
  readonly anchor: string
  /** Left out on a phone. */
  readonly narrow: boolean
}

/** A line's number, which is the link to it. */
function LineNumber({ at, anchor, narrow }: LineNumberProps) {
  const look = clsx('code w-11 shrink-0 pr-2 text-right text-muted select-none', narrow && 'hidden sm:block')
  if (at === null) return <span className={look} />
  return (
    <a
      href={`#${encodeURI(anchor)}`}
      tabIndex={-1}
      className={clsx(look, 'hover:text-accent hover:underline')}
    >
      {at}
    </a>
  )
}
