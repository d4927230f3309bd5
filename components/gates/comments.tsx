'use client'

import type { MouseEvent } from 'react'
import { Link } from '@/components/ui/link'
import { TimeAgo } from '@/components/ui/time-ago'
import { anchorAt, placeWords } from '@/lib/core/diff-place'
import { visible } from '@/lib/core/visible'
import type { GateComment } from '@/lib/services/views'
import { type CommentAction, CommentForm } from './comment-form'
import { useDrafts } from './drafts'

interface CommentsProps {
  readonly gateId: string
  readonly comments: readonly GateComment[]
  readonly now: number
  /** null for who may only look. */
  readonly say: CommentAction | null
}

/** What people said at this gate and at those before it, and a field to say something. */
export function Comments({ gateId, comments, now, say }: CommentsProps) {
  const drafts = useDrafts()
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
                  <About comment={comment} gateId={gateId} />
                </span>
              </p>
              <p className="mt-0.5 max-w-prose whitespace-pre-wrap">{visible(comment.body)}</p>
            </li>
          ))}
        </ol>
      )}
      {say ? (
        <CommentForm
          label="Comment"
          verb="Comment"
          placeholder="Ask, or say what you see. It decides nothing, and stays in the audit log."
          begun={drafts.at(gateId, '')}
          onText={(text) => drafts.keep(gateId, '', text)}
          send={(body) => say({ gate: gateId, body })}
        />
      ) : (
        comments.length === 0 && <p className="text-sm text-muted">Nobody has said anything.</p>
      )}
    </div>
  )
}

/** The line that a comment is about, as a link to it; that of an earlier change is at the gate which asked about that. */
function About({ comment, gateId }: { readonly comment: GateComment; readonly gateId: string }) {
  const { place, earlier, gate } = comment
  const look = 'code wrap-anywhere text-accent hover:underline'
  const hash = place ? `#${encodeURI(anchorAt(place))}` : ''
  const words = place && visible(placeWords(place))
  if (gate === gateId || !earlier) {
    return (
      words !== null && (
        <>
          {' on '}
          <a href={hash} onClick={showAgain} className={look}>
            {words}
          </a>
        </>
      )
    )
  }
  return (
    <>
      {words !== null && ' on '}
      {words !== null && (
        <Link href={`/gates/${gate}${hash}`} className={look}>
          {words}
        </Link>
      )}{' '}
      of an earlier change
    </>
  )
}

/** The address names the line already: nothing changes, and the page is to go there all the same. */
function showAgain({ currentTarget }: MouseEvent<HTMLAnchorElement>): void {
  if (currentTarget.hash === window.location.hash) window.dispatchEvent(new HashChangeEvent('hashchange'))
}
