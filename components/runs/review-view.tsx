import { clsx } from 'clsx'
import type { LineNote } from '@/components/evidence/checks'
import { shortSha } from '@/components/format'
import type { Review } from '@/lib/core/review'
import { visible } from '@/lib/core/visible'
import { percent, reviewerName, reviewWords } from './outcome-words'

const tones = {
  approve: 'tone-green',
  request_changes: 'tone-orange',
  escalate_to_human: 'tone-amber',
} as const
const severities = { blocking: 'tone-red', warning: 'tone-orange', note: 'tone-blue' } as const

interface ReviewViewProps {
  readonly review: Review
  readonly source: string
  readonly headSha?: string
}

/** A reviewer's verdict with its comments. */
export function ReviewView({ review, source, headSha }: ReviewViewProps) {
  return (
    <article className="rounded-lg border bg-surface px-4 py-3">
      <p className="flex flex-wrap items-baseline gap-x-3 gap-y-1 text-sm">
        <span className={clsx('font-medium', tones[review.decision])}>{reviewWords[review.decision]}</span>
        <span className="text-muted">
          {visible(reviewerName(source))}, confidence{' '}
          <span className="num">{percent(review.confidence)}</span>
          {headSha && (
            <>
              , on <span className="num text-xs">{shortSha(headSha)}</span>
            </>
          )}
        </span>
      </p>
      <p className="mt-1.5 max-w-prose whitespace-pre-wrap">{visible(review.summary)}</p>
      {review.comments.length > 0 && (
        <ul className="mt-3 space-y-2">
          {review.comments.map((comment) => (
            <li
              key={`${comment.file}:${comment.line}:${comment.body}`}
              className={clsx('border-l-2 border-current pl-3', severities[comment.severity])}
            >
              <p className="text-xs">
                <span className="font-medium">{comment.severity}</span>
                <span className="text-muted">
                  {' '}
                  · {comment.category.replaceAll('_', ' ')} ·{' '}
                  <span className="code">
                    {visible(comment.file)}
                    {comment.line !== null && `:${comment.line}`}
                  </span>
                </span>
              </p>
              <p className="mt-0.5 max-w-prose text-sm whitespace-pre-wrap text-ink">
                {visible(comment.body)}
              </p>
            </li>
          ))}
        </ul>
      )}
    </article>
  )
}

/** Comments of a review as notes beside the lines of the diff. */
export function reviewNotes(review: Review, source: string): readonly LineNote[] {
  return review.comments.map((comment) => ({
    file: comment.file,
    line: comment.line,
    kind: comment.severity,
    source: `${reviewerName(source)} · ${comment.category.replaceAll('_', ' ')}`,
    text: comment.body,
  }))
}
