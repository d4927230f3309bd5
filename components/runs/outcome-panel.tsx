import { clsx } from 'clsx'
import type { ReactNode } from 'react'
import { DiffView } from '@/components/diff/diff-view'
import { CheckList } from '@/components/evidence/check-list'
import { summariseChecks } from '@/components/evidence/checks'
import { evidenceNotes } from '@/components/evidence/line-notes'
import { commentNotes } from '@/components/gates/comment-notes'
import { Link } from '@/components/ui/link'
import { Empty, Section } from '@/components/ui/panel'
import { ShowCurrent } from '@/components/ui/show-current'
import { isEnded } from '@/lib/core/status'
import type { RunView } from '@/lib/services/views'
import { OpenEffects } from './open-effects'
import { Plan } from './plan'
import { ReviewView, reviewNotes } from './review-view'
import { Score } from './score'

export const runTabs = [
  'outcome',
  'diff',
  'evidence',
  'plan',
  'review',
  'score',
  'calls',
  'audit',
  'raw',
  'replay',
] as const
export type RunTab = (typeof runTabs)[number]

const labels: Readonly<Record<RunTab, string>> = {
  outcome: 'Outcome',
  diff: 'Diff',
  evidence: 'Evidence',
  plan: 'Plan',
  review: 'Review',
  score: 'Score',
  calls: 'Calls',
  audit: 'Audit',
  raw: 'Raw',
  replay: 'Replay',
}

interface RunTabsProps {
  readonly current: RunTab | null
  readonly href: (tab: RunTab) => string
}

export function RunTabs({ current, href }: RunTabsProps) {
  // A replay is asked for by the menu: it takes a while.
  const shown = (tab: RunTab): boolean => tab !== 'replay' || current === 'replay'
  return (
    <>
      <nav aria-label="What is shown of the run" className="mb-4 flex gap-1 overflow-x-auto border-b">
        {runTabs.filter(shown).map((tab) => (
          <Link
            key={tab}
            href={href(tab)}
            scroll={false}
            aria-current={tab === current ? 'true' : undefined}
            className={clsx(
              '-mb-px border-b-2 px-3 py-2 text-sm whitespace-nowrap',
              tab === current
                ? 'border-accent font-medium text-ink'
                : 'border-transparent text-muted hover:text-ink',
            )}
          >
            {labels[tab]}
          </Link>
        ))}
      </nav>
      <ShowCurrent current={current ?? ''} />
    </>
  )
}

interface OutcomePanelProps {
  readonly run: RunView
  readonly tab: RunTab
  readonly now: number
  /** The pull request and what became of it. */
  readonly pullRequest: ReactNode
  /** What only the tab that is asked for needs: calls, audit, raw, replay. */
  readonly part: ReactNode
}

/** What the run made, and how it is known to be right. */
export function OutcomePanel({ run, tab, now, pullRequest, part }: OutcomePanelProps) {
  const latest = run.reviews.filter((item) => item.headSha === run.headSha).at(-1) ?? run.reviews.at(-1)
  const notes = [
    ...(latest ? reviewNotes(latest.review, latest.source) : []),
    ...evidenceNotes(run.evidence, run.diff ?? ''),
    ...commentNotes(run.comments),
  ]
  const diff = run.diff ? (
    <DiffView diff={run.diff} notes={notes} remember={run.headSha ?? run.id} now={now} />
  ) : (
    <Empty title="No change yet">
      <p>The diff appears once the coder has changed a file.</p>
    </Empty>
  )
  const checks =
    run.evidence.length > 0 ? (
      <CheckList checks={summariseChecks(run.evidence, run.plan)} />
    ) : (
      <Empty title="No evidence yet">
        <p>The first is the baseline, which the step “prepare” takes on the untouched base.</p>
      </Empty>
    )
  switch (tab) {
    case 'diff':
      return diff
    case 'evidence':
      return checks
    case 'review':
      return <Reviews run={run} />
    case 'score':
      return run.evaluation ? <Score {...run.evaluation} /> : <Empty title="Not scored yet" />
    case 'plan':
      return run.plan.length > 0 ? (
        <Plan tasks={run.plan} taskIndex={tasksDone(run)} evidence={run.evidence} open />
      ) : (
        <Empty title="No plan yet" />
      )
    case 'calls':
    case 'audit':
    case 'raw':
    case 'replay':
      return part
    case 'outcome':
      return (
        <div className="space-y-6">
          {isEnded(run.status) && <OpenEffects effects={run.effects} />}
          {pullRequest}
          <Section title="What the checks say">{checks}</Section>
          {latest && (
            <Section title="Review">
              <ReviewView review={latest.review} source={latest.source} headSha={latest.headSha} />
            </Section>
          )}
          {run.evaluation && (
            <Section title="Score">
              <Score {...run.evaluation} />
            </Section>
          )}
          <Section title="Change">{diff}</Section>
        </div>
      )
    default:
      return tab satisfies never
  }
}

/** A run that has succeeded has done them all. */
export function tasksDone({ status, plan, taskIndex }: RunView): number {
  return status === 'succeeded' ? plan.length : taskIndex
}

function Reviews({ run }: { readonly run: RunView }) {
  if (run.reviews.length === 0) return <Empty title="Not reviewed yet" />
  return (
    <div className="space-y-3">
      {[...run.reviews].reverse().map((item, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: reviews are only ever added
        <ReviewView key={index} review={item.review} source={item.source} headSha={item.headSha} />
      ))}
    </div>
  )
}
