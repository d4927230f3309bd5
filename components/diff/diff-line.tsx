'use client'

import { clsx } from 'clsx'
import type { KeyboardEvent } from 'react'
import type { PatchLine } from '@/lib/core/diff'
import { type LinePlace, placeOfLine } from '@/lib/core/diff-place'
import { visible } from '@/lib/core/visible'
import { LineText } from './line-text'
import { anchorOf, type Side } from './rows'

/** What the button beside each line does. */
export interface LineActions {
  readonly ask: (place: LinePlace) => void
  /** The tab key comes back to this line. */
  readonly choose: (anchor: string) => void
  /** From line to line by the arrow keys. */
  readonly step: (event: KeyboardEvent<HTMLButtonElement>) => void
}

const looks: Readonly<Record<PatchLine['kind'], { sign: string; word: string; row: string; text: string }>> =
  {
    context: { sign: ' ', word: '', row: '', text: '' },
    added: { sign: '+', word: 'added', row: 'bg-added', text: 'text-added-sign' },
    removed: { sign: '−', word: 'removed', row: 'bg-removed', text: 'text-removed-sign' },
  }

interface DiffLineProps {
  readonly path: string
  readonly side: Side
  readonly numbers: 'both' | 'old' | 'new'
  readonly marked: string | null
  readonly tab: string | null
  readonly comments: LineActions | null
}

/** A line of a diff: its numbers, its sign, its text, and a button to comment on it. */
export function DiffLine({ path, side, numbers, marked, tab, comments }: DiffLineProps) {
  const { line } = side
  const look = looks[line.kind]
  const anchor = anchorOf(path, line)
  const here = marked === anchor
  // Side by side, a line that both sides have is pointed at on the new one.
  const twin = numbers === 'old' && line.kind === 'context'
  return (
    <div
      className={clsx(
        'group/line flex min-w-0 items-start',
        look.row,
        here && 'shadow-[inset_3px_0_var(--accent)] outline outline-accent -outline-offset-1',
      )}
      data-line={twin ? undefined : anchor}
    >
      {comments && twin && <span className="w-5 shrink-0" />}
      {comments && !twin && (
        <CommentButton path={path} line={line} tabbed={tab === anchor} comments={comments} />
      )}
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

interface CommentButtonProps {
  readonly path: string
  readonly line: PatchLine
  readonly tabbed: boolean
  readonly comments: LineActions
}

/** Shown where the pointer or the focus is, and faintly where there is no pointer that hovers. */
function CommentButton({ path, line, tabbed, comments }: CommentButtonProps) {
  const place = placeOfLine(path, line)
  const anchor = anchorOf(path, line)
  return (
    <button
      type="button"
      data-comment={anchor}
      tabIndex={tabbed ? 0 : -1}
      aria-label={`Comment on ${place.side === 'old' ? 'removed ' : ''}line ${place.line} of ${visible(path)}`}
      onClick={() => comments.ask(place)}
      onFocus={() => comments.choose(anchor)}
      onKeyDown={comments.step}
      className={clsx(
        'code w-5 shrink-0 scroll-mt-24 scroll-mb-56 self-stretch rounded-sm text-accent md:scroll-mb-40',
        "before:content-['+'] hover:bg-accent-fill hover:text-white print:invisible",
        'opacity-0 group-hover/line:opacity-100 focus:opacity-100 [@media(hover:none)]:opacity-60',
      )}
    />
  )
}
