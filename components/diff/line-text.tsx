'use client'

import { clsx } from 'clsx'
import { useState } from 'react'
import { cutLine } from '@/lib/core/diff-cut'
import type { Hidden } from '@/lib/core/hidden'
import { type Range, wordDiff } from '@/lib/core/word-diff'
import { type Piece, paint } from './paint'
import type { Side } from './rows'

/** So much of a line is drawn until somebody asks for more. */
const DRAWN = 1_000
/** What is compared word by word; longer lines differ as a whole. */
const COMPARED = 4_000

/** The text of a line: what changed in it is marked, what hides in it is shown. All of it is text. */
export function LineText({ path, side }: { readonly path: string; readonly side: Side }) {
  const [open, setOpen] = useState(false)
  const { line, partner } = side
  const { text, lost } = cutLine(withoutReturn(side))
  const drawn = open ? text : text.slice(0, DRAWN)
  const rest = text.length - drawn.length
  return (
    <>
      {paint(path, drawn, changedIn(side)).map((piece, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a line do not move
        <PieceText key={index} piece={piece} kind={line.kind} />
      ))}
      {rest > 0 && (
        <button
          type="button"
          onClick={() => setOpen(true)}
          className="ml-2 rounded border border-line-strong bg-surface px-1.5 font-sans text-xs text-accent"
        >
          Show {rest.toLocaleString('en')} more characters
        </button>
      )}
      {lost > 0 && rest === 0 && (
        <span className="ml-2 rounded bg-raised px-1.5 font-sans text-xs text-muted">
          Cut here: {lost.toLocaleString('en')} more characters are in the stored diff and not shown
        </span>
      )}
      {lost > 0 && rest > 0 && (
        <span className="ml-2 font-sans text-xs text-muted">
          and {lost.toLocaleString('en')} that are not sent to this page
        </span>
      )}
      {line.noNewline && <span className="text-muted"> (no newline at the end)</span>}
      {partner?.noNewline && !line.noNewline && (
        <span className="text-muted">
          {' '}
          (newline at the end {line.kind === 'added' ? 'added' : 'removed'})
        </span>
      )}
    </>
  )
}

/** The carriage return of a file that ends its lines with CRLF is shown where it is what changes. */
function withoutReturn({ line, partner }: Side): string {
  const known = line.kind === 'context' || partner?.text.endsWith('\r')
  return known && line.text.endsWith('\r') ? line.text.slice(0, -1) : line.text
}

function changedIn({ line, partner }: Side): readonly Range[] {
  if (!partner || line.text.length > COMPARED || partner.text.length > COMPARED) return []
  return line.kind === 'removed'
    ? wordDiff(line.text, partner.text).before
    : wordDiff(partner.text, line.text).after
}

const changedClass = {
  added: 'rounded-xs bg-[color-mix(in_oklab,var(--added-sign)_26%,transparent)]',
  removed: 'rounded-xs bg-[color-mix(in_oklab,var(--removed-sign)_26%,transparent)]',
  context: '',
} as const
const tokenClass = { comment: 'text-muted italic', string: 'text-blue', keyword: 'text-violet' } as const

function PieceText({ piece, kind }: { readonly piece: Piece; readonly kind: Side['line']['kind'] }) {
  if (piece.hidden) return <HiddenMark hidden={piece.hidden} text={piece.text} />
  if (piece.changed) return <span className={changedClass[kind]}>{piece.text}</span>
  return piece.token ? <span className={tokenClass[piece.token]}>{piece.text}</span> : piece.text
}

/** A character that hides or lies, drawn as what it is. */
function HiddenMark({ hidden, text }: { readonly hidden: Hidden; readonly text: string }) {
  const loud = hidden.kind === 'bidi' || hidden.kind === 'lookalike' || hidden.kind === 'invisible'
  return (
    <span
      title={hidden.words}
      data-hidden={hidden.kind}
      className={clsx(
        'rounded-sm border px-0.5 text-xs',
        loud ? 'tone-red tint border-current font-medium' : 'border-line-strong bg-raised text-muted',
      )}
    >
      {hidden.shown ?? text}
    </span>
  )
}
