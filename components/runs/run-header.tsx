import { clsx } from 'clsx'
import type { ReactNode } from 'react'
import { costOf, plural, tokens, triggerLabel } from '@/components/format'
import { href } from '@/components/params'
import { Sha } from '@/components/ui/copy'
import { Link } from '@/components/ui/link'
import { Meter } from '@/components/ui/meter'
import { Fact, Problem } from '@/components/ui/panel'
import { RunStatusChip } from '@/components/ui/status'
import { Elapsed, TimeAgo } from '@/components/ui/time-ago'
import { isEnded } from '@/lib/core/status'
import { visible } from '@/lib/core/visible'
import type { RunView } from '@/lib/services/views'
import { runSentence } from './run-sentence'
import { scoreTone } from './score'

interface RunHeaderProps {
  readonly run: RunView
  readonly now: number
  readonly actions: ReactNode
}

/** What the run is, how it stands, and what it cost. */
export function RunHeader({ run, now, actions }: RunHeaderProps) {
  const share = run.budgetMicros === 0 ? 0 : run.costMicros / run.budgetMicros
  return (
    <header className="mb-5 space-y-4">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-80">
          <h1 className="text-lg font-semibold text-balance">{visible(run.title)}</h1>
          <p className="mt-1.5 flex flex-wrap items-center gap-x-2.5 gap-y-1 text-sm text-muted">
            <RunStatusChip status={run.status} />
            <span>{visible(runSentence(run))}</span>
          </p>
        </div>
        <div data-screen-only className="flex flex-wrap gap-2">
          {actions}
        </div>
      </div>
      {run.error && (
        <Problem
          message={`${run.error.step}: ${visible(run.error.message)}`}
          mend={run.error.mend && visible(run.error.mend)}
        />
      )}
      <dl className="grid grid-cols-2 gap-x-4 gap-y-3 rounded-lg border bg-surface px-4 py-3 sm:grid-cols-3 sm:gap-x-6 lg:grid-cols-6">
        <Fact label="Repository">
          {visible(run.repository?.name ?? 'none')}
          {run.target && <span className="text-muted"> → {visible(run.target)}</span>}
        </Fact>
        <Fact label="Branch">
          <span className="code">{run.branch ? visible(run.branch) : 'not made yet'}</span>
          {run.headSha && (
            <span className="mt-0.5 block">
              <Sha value={run.headSha} />
            </span>
          )}
        </Fact>
        <Fact label="Asked for">
          {visible(run.requestedBy.name)}, <TriggerLink run={run} />
          <span className="block text-xs text-muted">
            <TimeAgo at={run.createdAt} now={now} />
          </span>
        </Fact>
        <Fact label="Time">
          {run.startedAt ? <Elapsed from={run.startedAt} to={run.endedAt} now={now} /> : 'not started'}
          <span className="block text-xs text-muted">
            <ToTab run={run} tab="calls">
              {plural(run.turns, 'turn')}
            </ToTab>
            , {plural(run.beads.length, 'step')}
          </span>
        </Fact>
        <Fact label="Cost">
          <ToTab run={run} tab="calls">
            <span className="num">{costOf(run.costMicros, run.budgetMicros)}</span>
          </ToTab>
          <span className="mt-1.5 block">
            <Meter
              share={share}
              label={`${Math.round(share * 100)}% of the budget`}
              tone={share > 0.85 ? 'tone-orange' : 'tone-blue'}
            />
          </span>
          <span className="mt-1 block text-xs text-muted">
            <ToTab run={run} tab="calls">
              {tokens(run.inputTokens)} in, {tokens(run.outputTokens)} out
            </ToTab>
          </span>
        </Fact>
        <Fact label="Score">
          {run.score === null ? (
            <span className="text-muted">{isEnded(run.status) ? 'none' : 'after the checks'}</span>
          ) : (
            <ToTab run={run} tab="score">
              <span className={clsx('num text-lg leading-none font-semibold', scoreTone(run.score))}>
                {run.score}
              </span>
              <span className="text-xs text-muted"> of 100</span>
            </ToTab>
          )}
        </Fact>
      </dl>
    </header>
  )
}

interface ToTabProps {
  readonly run: RunView
  readonly tab: 'calls' | 'score'
  readonly children: ReactNode
}

/** A figure leads to what it is made of. */
function ToTab({ run, tab, children }: ToTabProps) {
  return (
    <Link
      href={href(`/runs/${run.id}`, { tab })}
      scroll={false}
      className="decoration-line-strong underline-offset-2 hover:underline"
    >
      {children}
    </Link>
  )
}

/** What asked for the run, as a link where it is one; only http(s) is followed. */
function TriggerLink({ run }: { readonly run: RunView }) {
  const number = run.task.issue === undefined ? '' : ` #${run.task.issue}`
  const label = `${triggerLabel(run.trigger)}${number}`
  const url = run.task.url
  if (!url || !/^https?:\/\//i.test(url)) return label
  return (
    <a
      href={url}
      rel="noreferrer noopener"
      target="_blank"
      className="text-accent underline underline-offset-2"
    >
      {label}
    </a>
  )
}
