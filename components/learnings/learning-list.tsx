import { plural } from '@/components/format'
import { Link } from '@/components/ui/link'
import { TimeAgo } from '@/components/ui/time-ago'
import { visible } from '@/lib/core/visible'
import type { Learning } from '@/lib/services/learnings/view'
import { type ChangeLearning, LearningActions } from './learning-actions'
import { kindLabels } from './query'

interface LearningListProps {
  readonly learnings: readonly Learning[]
  readonly now: number
  readonly mayDecide: boolean
  readonly change: ChangeLearning
}

export function LearningList({ learnings, now, mayDecide, change }: LearningListProps) {
  return (
    <ul aria-label="Learnings" className="divide-y overflow-clip rounded-lg border bg-surface">
      {learnings.map((learning) => (
        <li key={learning.id} className="flex flex-wrap items-start gap-x-4 gap-y-2 px-3 py-2.5 text-sm">
          <div className="min-w-0 flex-1 basis-80">
            <Link href={`/learnings/${learning.id}`} className="font-medium break-words hover:underline">
              {visible(learning.text)}
            </Link>
            <p className="mt-0.5 text-xs text-muted">
              <LearningFacts learning={learning} now={now} />
            </p>
          </div>
          {mayDecide && <LearningActions learning={learning} change={change} />}
        </li>
      ))}
    </ul>
  )
}

/** Kind, repository, where it comes from, how often it was used, until when it holds. */
function LearningFacts({ learning, now }: { readonly learning: Learning; readonly now: number }) {
  return (
    <>
      {kindLabels[learning.kind]} · {visible(learning.repository?.name ?? 'every repository')} ·{' '}
      {visible(learning.source)} · <TimeAgo at={learning.createdAt} now={now} /> ·{' '}
      {learning.used > 0 ? `told to ${plural(learning.used, 'run')}` : 'not used yet'}
      {learning.original !== null && ' · changed by a person'}
      {learning.expiresAt !== null && (
        <>
          {' '}
          · ends <TimeAgo at={learning.expiresAt} now={now} />
        </>
      )}
    </>
  )
}
