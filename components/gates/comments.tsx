'use client'

import { useId, useState, useTransition } from 'react'
import { type ActionError, type ActionResult, settle } from '@/components/ui/action-result'
import { Button } from '@/components/ui/button'
import { areaClass } from '@/components/ui/field'
import { Problem } from '@/components/ui/panel'
import { TimeAgo } from '@/components/ui/time-ago'
import { visible } from '@/lib/core/visible'
import type { GateComment } from '@/lib/services/views'

export type CommentAction = (input: { gate: string; body: string }) => Promise<ActionResult<unknown>>

interface CommentsProps {
  readonly gateId: string
  readonly comments: readonly GateComment[]
  readonly now: number
  /** null for who may only look. */
  readonly say: CommentAction | null
}

const MOST = 4_000

const empty: ActionError = {
  code: 'bad_request',
  message: 'The comment is empty.',
  mend: 'Write what you want to say.',
}

/** What people said at this gate, and a field to say something. */
export function Comments({ gateId, comments, now, say }: CommentsProps) {
  return (
    <div className="space-y-3">
      {comments.length > 0 && (
        <ol aria-label="Comments" className="divide-y rounded-lg border bg-surface">
          {comments.map((comment) => (
            <li key={comment.id} className="px-4 py-2.5">
              <p className="text-sm">
                <span className="font-medium">{visible(comment.actor.name)}</span>{' '}
                <span className="text-muted">
                  <TimeAgo at={comment.at} now={now} />
                </span>
              </p>
              <p className="mt-0.5 max-w-prose whitespace-pre-wrap">{visible(comment.body)}</p>
            </li>
          ))}
        </ol>
      )}
      {say ? (
        <CommentForm gateId={gateId} say={say} />
      ) : (
        comments.length === 0 && <p className="text-sm text-muted">Nobody has said anything.</p>
      )}
    </div>
  )
}

function CommentForm({ gateId, say }: { readonly gateId: string; readonly say: CommentAction }) {
  const id = useId()
  const [body, setBody] = useState('')
  const [error, setError] = useState<ActionError | null>(null)
  const [pending, start] = useTransition()
  const left = MOST - body.length
  const send = () => {
    if (pending || left < 0) return
    if (body.trim() === '') {
      setError(empty)
      return
    }
    start(async () => {
      const result = await settle(() => say({ gate: gateId, body }))
      setError(result.ok ? null : result.error)
      // What was typed meanwhile was not sent.
      if (result.ok) setBody((now) => (now === body ? '' : now))
    })
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
      className="space-y-2"
    >
      {error && <Problem message={error.message} mend={error.mend} />}
      <label htmlFor={id} className="sr-only">
        Comment
      </label>
      <textarea
        id={id}
        rows={2}
        value={body}
        onChange={(event) => setBody(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey) && !event.repeat) send()
        }}
        placeholder="Ask, or say what you see. It decides nothing, and stays in the audit log."
        className={areaClass}
      />
      <div className="flex items-center gap-3">
        <Button type="submit" disabled={pending || left < 0}>
          Comment
        </Button>
        {left < 400 && (
          <p role="status" className={left < 0 ? 'text-sm text-red' : 'text-sm text-muted'}>
            {left < 0 ? `${-left} characters too long` : `${left} characters left`}
          </p>
        )}
      </div>
    </form>
  )
}
