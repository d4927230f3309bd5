'use client'

import { useEffect, useRef } from 'react'
import { CommentForm } from '@/components/gates/comment-form'
import { useDrafts } from '@/components/gates/drafts'
import { anchorAt, type LinePlace, placeWords } from '@/lib/core/diff-place'
import { visible } from '@/lib/core/visible'
import type { LineTalk, Talking } from './use-line-talk'

interface LineFormProps {
  readonly place: LinePlace
  readonly talk: LineTalk
  readonly talking: Pick<Talking, 'close' | 'sent' | 'send'>
}

/** A field to say something about the line above it. */
export function LineForm({ place, talk, talking: { close, sent, send } }: LineFormProps) {
  const box = useRef<HTMLDivElement>(null)
  const anchor = anchorAt(place)
  const drafts = useDrafts()
  useEffect(() => {
    const field = box.current?.querySelector('textarea')
    field?.focus({ preventScroll: true })
    // What was begun is gone on with.
    field?.setSelectionRange(field.value.length, field.value.length)
    box.current?.scrollIntoView({ block: 'nearest' })
  }, [])
  return (
    <div
      ref={box}
      className="scroll-mt-24 scroll-mb-56 border-x bg-surface px-3 py-2 font-sans md:scroll-mb-40"
    >
      <div className="max-w-180">
        <CommentForm
          label={`Comment on ${visible(placeWords(place))}`}
          verb="Comment on the line"
          placeholder="Say what you see in this line. It decides nothing, and stays in the audit log."
          begun={drafts.at(talk.gate, anchor)}
          onText={(text) => drafts.keep(talk.gate, anchor, text)}
          sent={sent.get(anchor)}
          send={(body) => send(place, body, talk)}
          onClose={() => close(place)}
        />
      </div>
    </div>
  )
}
