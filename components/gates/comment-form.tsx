'use client'

import { useId, useRef, useState, useTransition } from 'react'
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
  /** Sent, and nothing was typed since. */
  readonly onSent?: () => void
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
  const { label, placeholder, verb, send, begun = '', onText, onSent, onClose } = props
  const id = useId()
  const [body, setBody] = useState(begun)
  const newest = useRef(begun)
  const [error, setError] = useState<ActionError | null>(null)
  const [pending, start] = useTransition()
  const left = MOST - body.length
  const type = (text: string) => {
    newest.current = text
    setBody(text)
    onText?.(text)
  }
  const submit = () => {
    if (pending || left < 0) return
    if (body.trim() === '') {
      setError(empty)
      return
    }
    start(async () => {
      const result = await settle(() => send(body))
      setError(result.ok ? null : result.error)
      if (!result.ok) return
      // What was typed meanwhile was not sent.
      if (newest.current !== body) return
      type('')
      onSent?.()
    })
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        submit()
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
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey) && !event.repeat) submit()
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
          <Button look="quiet" onClick={onClose}>
            Close
          </Button>
        )}
        {left < 400 && (
          <p role="status" className={left < 0 ? 'text-sm text-red' : 'text-sm text-muted'}>
            {left < 0 ? `${-left} characters too long` : `${left} characters left`}
          </p>
        )}
      </div>
    </form>
  )
}
