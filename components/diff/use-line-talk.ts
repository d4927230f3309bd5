'use client'

import { type KeyboardEvent, type RefObject, useCallback, useMemo, useRef, useState } from 'react'
import type { CommentAction, Sent } from '@/components/gates/comment-form'
import { useDrafts } from '@/components/gates/drafts'
import { type ActionResult, settle } from '@/components/ui/action-result'
import { anchorAt, type LinePlace } from '@/lib/core/diff-place'
import type { LineActions } from './diff-line'
import { overRows } from './diff-rows'
import { anchorsIn, type Row } from './rows'

/** Where comments on lines go. */
export interface LineTalk {
  readonly gate: string
  readonly say: CommentAction
}

export interface Talking {
  /** The line whose form is open. */
  readonly asked: LinePlace | null
  /** The line that has, or had, the focus. */
  readonly chosen: string | null
  readonly actions: LineActions
  /** Opens the form of the line with the focus, else of the first one in view. */
  readonly begin: () => void
  /** Closes the form of a line, and gives the focus back to the line; not while its comment is under way. */
  readonly close: (place: LinePlace) => void
  /** What became of comments that are not there yet, by line: it outlasts the form that they were sent from. */
  readonly sent: ReadonlyMap<string, Sent>
  /** Sends what is said of a line; once it is there and nothing was typed since, the form is closed. */
  readonly send: (place: LinePlace, body: string, talk: LineTalk) => Promise<ActionResult<unknown>>
}

/** Which line is being commented on, and how people get from line to line. */
export function useLineTalk(box: RefObject<HTMLDivElement | null>): Talking {
  const drafts = useDrafts()
  const [asked, setAsked] = useState<LinePlace | null>(null)
  const [chosen, choose] = useState<string | null>(null)
  const [sent, setSent] = useState<ReadonlyMap<string, Sent>>(new Map())
  const open = useRef<string | null>(null)
  const underWay = useRef<string | null>(null)
  const actions = useMemo(
    (): LineActions => ({
      choose,
      ask: (place) => {
        const anchor = anchorAt(place)
        // Asked for once more, it is gone on with.
        if (open.current === anchor || underWay.current !== null)
          box.current?.querySelector('textarea')?.focus()
        // A form stays until what was sent from it is answered: a failure is told there.
        if (underWay.current !== null) return
        open.current = anchor
        setAsked(place)
      },
      step: (event) => focusOn(target(event, buttonsIn(box.current))),
    }),
    [box],
  )
  const close = useCallback(
    (place: LinePlace) => {
      const anchor = anchorAt(place)
      if (open.current !== anchor || underWay.current !== null) return
      open.current = null
      setAsked(null)
      setSent((all) => without(all, anchor))
      focusOn(buttonsIn(box.current).find((button) => button.dataset.comment === anchor))
    },
    [box],
  )
  const send = useCallback(
    async (place: LinePlace, body: string, { gate, say }: LineTalk) => {
      const anchor = anchorAt(place)
      underWay.current = anchor
      setSent((all) => new Map(all).set(anchor, { pending: true, error: null }))
      const result = await settle(() => say({ gate, body, place }))
      underWay.current = null
      setSent((all) =>
        result.ok ? without(all, anchor) : new Map(all).set(anchor, { pending: false, error: result.error }),
      )
      if (result.ok && drafts.at(gate, anchor) === body) {
        drafts.keep(gate, anchor, '')
        close(place)
      }
      return result
    },
    [close, drafts],
  )
  const begin = useCallback(() => {
    const buttons = buttonsIn(box.current)
    const { head } = overRows
    const inView = buttons.find((button) => button.getBoundingClientRect().top >= head - 2)
    const button = buttons.find((each) => each === document.activeElement) ?? inView ?? buttons.at(-1)
    button?.click()
  }, [box])
  return { asked, chosen, actions, begin, close, sent, send }
}

/** The line that the tab key goes to, and its row: the one that was chosen, else the first. */
export function tabStop(
  rows: readonly Row[],
  paths: readonly string[],
  chosen: string | null,
): { readonly index: number; readonly anchor: string } | null {
  let first: { readonly index: number; readonly anchor: string } | null = null
  for (const [index, row] of rows.entries()) {
    const anchors = anchorsIn(row, paths[row.file] ?? '')
    const [anchor] = anchors
    if (anchor === undefined) continue
    first ??= { index, anchor }
    if (chosen === null) return first
    if (anchors.includes(chosen)) return { index, anchor: chosen }
  }
  return first
}

function without<K, V>(all: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  if (!all.has(key)) return all
  const rest = new Map(all)
  rest.delete(key)
  return rest
}

const buttonsIn = (box: HTMLElement | null): HTMLButtonElement[] => [
  ...(box?.querySelectorAll<HTMLButtonElement>('button[data-comment]') ?? []),
]

/** Where an arrow key leads from a line; nowhere for other keys. */
function target(
  event: KeyboardEvent<HTMLButtonElement>,
  buttons: readonly HTMLButtonElement[],
): HTMLButtonElement | undefined {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (by === undefined || event.metaKey || event.ctrlKey || event.altKey) return undefined
  event.preventDefault()
  return buttons[buttons.indexOf(event.currentTarget) + by]
}

function focusOn(button: HTMLButtonElement | undefined): void {
  button?.focus({ preventScroll: true })
  button?.scrollIntoView({ block: 'nearest' })
}
