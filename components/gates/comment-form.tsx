'use client'

import { useId, useRef, useState } from 'react'
import { type ActionError, type ActionResult, settle } from '@/components/ui/action-result'
import { Button } from '@/components/ui/button'
import { areaClass } from '@/components/ui/field'
import { Problem } from '@/components/ui/panel'
import type { LinePlace } from '@/lib/core/diff-place'

interface Said {
  readonly gate: string
  readonly body: string
  readonly place?: LinePlace
}
export type CommentAction = (said: Said) => Promise<ActionResult<unknown>>

/** What became of a comment that was sent. */
export interface Sent {
  /** Its answer is under way. */
  readonly pending: boolean
  readonly error: ActionError | null
}

interface CommentFormProps {
  /** What the field is called for who does not see it. */
  readonly label: string
  readonly placeholder: string
  /** What its button says. */
  readonly verb: string
  readonly send: (body: string) => Promise<ActionResult<unknown>>
  /** What was typed here before. */
  readonly begun?: string
  readonly onText?: (text: string) => void
  /** What was sent from here before this form was drawn, if anything was. */
  readonly sent?: Sent | undefined
  /** For a form that can be closed: by its button, or Escape. */
  readonly onClose?: () => void
}

const MOST = 4_000

const empty: ActionError = {
  code: 'bad_request',
  message: 'The comment is empty.',
  mend: 'Write what you want to say.',
}

/** A field to say something, sent by its button or Ctrl and Enter. */
export function CommentForm(props: CommentFormProps) {
  const { label, placeholder, verb, send, begun = '', onText, sent, onClose } = props
  const id = useId()
  const [body, setBody] = useState(begun)
  const newest = useRef(begun)
  const [own, setOwn] = useState<Sent>({ pending: false, error: null })
  const pending = own.pending || sent?.pending === true
  const error = own.error ?? sent?.error ?? null
  const left = MOST - body.length
  const type = (text: string) => {
    newest.current = text
    setBody(text)
    onText?.(text)
  }
  const submit = async () => {
    if (pending || left < 0) return
    if (body.trim() === '') {
      setOwn({ pending: false, error: empty })
      return
    }
    setOwn({ pending: true, error: null })
    const result = await settle(() => send(body))
    setOwn({ pending: false, error: result.ok ? null : result.error })
    // What was typed meanwhile was not sent.
    if (!result.ok || newest.current !== body) return
    type('')
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
      className="space-y-2"
    >
      {error && <Problem message={error.message} mend={error.mend} />}
      <label htmlFor={id} className="sr-only">
        {label}
      </label>
      <textarea
        id={id}
        rows={2}
        value={body}
        onChange={(event) => type(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey) && !event.repeat) void submit()
          if (event.key === 'Escape' && !event.nativeEvent.isComposing) onClose?.()
        }}
        placeholder={placeholder}
        className={areaClass}
      />
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" disabled={pending || left < 0}>
          {verb}
        </Button>
        {onClose && (
          <Button look="quiet" onClick={onClose} disabled={pending}>
            Close
          </Button>
        )}
        <p role="status" className="text-sm text-muted">
          {pending && 'It is being sent.'}
        </p>
        {left < 400 && (
          <p role="status" className={left < 0 ? 'text-sm text-red' : 'text-sm text-muted'}>
            {left < 0 ? `${-left} characters too long` : `${left} characters left`}
          </p>
        )}
      </div>
    </form>
  )
}
