import { clsx } from 'clsx'
import { GitMerge, GitPullRequest, GitPullRequestClosed, GitPullRequestDraft } from 'lucide-react'
import { Sha } from '@/components/ui/copy'
import { TimeAgo } from '@/components/ui/time-ago'
import { visible } from '@/lib/core/visible'
import type { RunView } from '@/lib/services/views'

const states = {
  draft: { label: 'Draft', icon: GitPullRequestDraft, tone: 'tone-grey' },
  open: { label: 'Open', icon: GitPullRequest, tone: 'tone-green' },
  merged: { label: 'Merged', icon: GitMerge, tone: 'tone-violet' },
  closed: { label: 'Closed', icon: GitPullRequestClosed, tone: 'tone-red' },
} as const

interface PullRequestProps {
  readonly pullRequest: NonNullable<RunView['pullRequest']>
  readonly now: number
}

export function PullRequest({ pullRequest, now }: PullRequestProps) {
  const state = states[pullRequest.state]
  const title = `#${pullRequest.number} ${visible(pullRequest.title)}`
  return (
    <div className="rounded-lg border bg-surface px-4 py-3">
      <p className="flex flex-wrap items-center gap-2">
        <span
          className={clsx(
            'tint inline-flex h-5.5 items-center gap-1.5 rounded-full px-2 text-xs font-medium',
            state.tone,
          )}
        >
          <state.icon aria-hidden className="size-3.5" />
          {state.label}
        </span>
        {/^https?:\/\//i.test(pullRequest.url) ? (
          <a
            href={pullRequest.url}
            rel="noreferrer noopener"
            target="_blank"
            className="font-medium hover:text-accent"
          >
            {title}
          </a>
        ) : (
          <span className="font-medium">{title}</span>
        )}
      </p>
      <p className="mt-1.5 text-sm leading-6 text-muted">
        <span className="code">{visible(pullRequest.branch)}</span> into{' '}
        <span className="code">{visible(pullRequest.target)}</span> at <Sha value={pullRequest.headSha} />
        {pullRequest.mergeSha && (
          <>
            , merged as <Sha value={pullRequest.mergeSha} />
          </>
        )}{' '}
        {pullRequest.mergedAt && <TimeAgo at={pullRequest.mergedAt} now={now} />}
      </p>
    </div>
  )
}
