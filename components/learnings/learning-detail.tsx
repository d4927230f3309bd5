import { plural } from '@/components/format'
import { href } from '@/components/params'
import { Link } from '@/components/ui/link'
import { Empty, Fact, Section } from '@/components/ui/panel'
import { RunStatusChip } from '@/components/ui/status'
import { TimeAgo } from '@/components/ui/time-ago'
import { visible } from '@/lib/core/visible'
import type { LearningDetail } from '@/lib/services/learnings/view'
import { type ChangeLearning, LearningActions } from './learning-actions'
import { kindLabels, statusTabs } from './query'

interface LearningDetailProps {
  readonly learning: LearningDetail
  readonly now: number
  readonly mayDecide: boolean
  readonly change: ChangeLearning
}

/** One learning: what it says, where it comes from, who decided, and which runs were told of it. */
export function LearningDetailView({ learning, now, mayDecide, change }: LearningDetailProps) {
  const { text, original, status, source, run, repository, decidedBy, decidedAt, expiresAt, uses } = learning
  return (
    <div className="space-y-7">
      <header className="space-y-3">
        <h1 className="max-w-prose text-lg font-semibold break-words">{visible(text)}</h1>
        {original !== null && (
          <p className="max-w-prose text-sm text-muted">Proposed as: {visible(original)}</p>
        )}
        {mayDecide && <LearningActions learning={learning} change={change} />}
      </header>
      <dl className="grid grid-cols-2 gap-4 sm:grid-cols-3 lg:grid-cols-6">
        <Fact label="Status">{statusTabs[status].label}</Fact>
        <Fact label="Kind">{kindLabels[learning.kind]}</Fact>
        <Fact label="Repository">
          {repository ? (
            <Link
              href={href('/learnings', { status: 'all', repository: repository.id })}
              className="hover:underline"
            >
              {visible(repository.name)}
            </Link>
          ) : (
            'Every repository'
          )}
        </Fact>
        <Fact label="Learned from">
          {run ? (
            <Link href={`/runs/${run.id}`} className="text-accent hover:underline">
              {visible(run.title)}
            </Link>
          ) : (
            'A run that is gone'
          )}
          <span className="block text-xs text-muted">{visible(source)}</span>
        </Fact>
        <Fact label="Decided by">
          {decidedBy && decidedAt ? (
            <>
              {visible(decidedBy.name)} <TimeAgo at={decidedAt} now={now} />
            </>
          ) : (
            'Nobody yet'
          )}
        </Fact>
        <Fact label="Ends">{expiresAt ? <TimeAgo at={expiresAt} now={now} /> : 'When somebody ends it'}</Fact>
      </dl>
      <Section title={learning.used > 0 ? `Told to ${plural(learning.used, 'run')}` : 'Where it was used'}>
        {uses.length === 0 ? (
          <Empty title="No run was told of it yet">
            {status === 'approved'
              ? 'The next run of the repository is.'
              : 'Agents are told only of what a person has approved.'}
          </Empty>
        ) : (
          <ul
            aria-label="Runs that were told of it"
            className="divide-y overflow-clip rounded-lg border bg-surface"
          >
            {uses.map((use) => (
              <li key={use.run} className="flex flex-wrap items-center gap-x-3 px-3 py-2 text-sm">
                <RunStatusChip status={use.status} />
                <Link href={`/runs/${use.run}`} className="min-w-0 flex-1 truncate hover:underline">
                  {visible(use.title)}
                </Link>
                <span className="text-xs text-muted">
                  <TimeAgo at={use.at} now={now} />
                </span>
              </li>
            ))}
          </ul>
        )}
      </Section>
    </div>
  )
}
