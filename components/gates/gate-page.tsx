import type { ReactNode } from 'react'
import { DiffView } from '@/components/diff/diff-view'
import { CheckList } from '@/components/evidence/check-list'
import { type Check, summariseChecks } from '@/components/evidence/checks'
import { evidenceNotes } from '@/components/evidence/line-notes'
import { plural } from '@/components/format'
import { Plan } from '@/components/runs/plan'
import { ReviewView, reviewNotes } from '@/components/runs/review-view'
import { Sha } from '@/components/ui/copy'
import { Link } from '@/components/ui/link'
import { Section } from '@/components/ui/panel'
import { GateStatusChip } from '@/components/ui/status'
import { TimeAgo } from '@/components/ui/time-ago'
import { unreviewed } from '@/lib/core/unreviewed'
import { visible } from '@/lib/core/visible'
import type { GateItem, GateView } from '@/lib/services/views'
import type { CommentAction } from './comment-form'
import { commentNotes } from './comment-notes'
import { Countdown } from './countdown'
import { Decisions, GateState } from './gate-state'
import { GateTerms } from './gate-terms'
import { passedByRule } from './gate-words'
import { Glance } from './glance'

interface GatePageProps {
  readonly gate: GateView
  readonly now: number
  /** The gate that took the place of this one, when it is void and there is one. */
  readonly successor: string | null
  readonly who: string
  readonly comments: ReactNode
  /** null for who may only look. */
  readonly say: CommentAction | null
}

/** A gate from top to bottom, as it is read before a decision. */
export function GatePage({ gate, now, successor, who, comments, say }: GatePageProps) {
  const last = gate.reviews.at(-1)
  const review = last?.review
  const notes = [...(review ? reviewNotes(review, 'reviewer') : []), ...evidenceNotes(gate.checks, gate.diff)]
  const checks = summariseChecks(gate.checks, gate.plan)
  const unseen = unreviewed(gate)
  return (
    <div className="mx-auto max-w-300 space-y-7">
      <Asked gate={gate} now={now} checks={checks} notes={notes.length} />
      {gate.status !== 'waiting' && <GateState gate={gate} now={now} successor={successor} />}
      <Section title="The change" id="change" aside={<Range gate={gate} />}>
        <DiffView
          diff={gate.diff}
          notes={[...notes, ...commentNotes(gate.comments)]}
          remember={gate.evidence}
          href={`/api/gates/${gate.id}/diff`}
          now={now}
          talk={say && { gate: gate.id, say }}
        />
      </Section>
      <Section title="What the checks say" id="checks">
        <CheckList checks={checks} />
      </Section>
      {last && (
        <Section title="What the reviewer says" id="review">
          <ReviewView review={last.review} source="reviewer" headSha={last.headSha} />
          {unseen && <p className="mt-2 text-amber">{unseen}</p>}
        </Section>
      )}
      {gate.plan.length > 0 && (
        <Section
          title="The plan it follows"
          aside={
            gate.status === 'waiting'
              ? 'complexity'
              : 'As the plan is now: tasks may have come after this gate.'
          }
        >
          <Plan tasks={gate.plan} taskIndex={gate.plan.length} />
        </Section>
      )}
      <Section title="Before you decide" id="terms">
        <GateTerms gate={gate} now={now} who={who} />
      </Section>
      {gate.decisions.length > 0 && (
        <Section title="Decisions so far">
          <Decisions gate={gate} now={now} />
        </Section>
      )}
      <Section title="What people say" id="comments">
        {comments}
      </Section>
    </div>
  )
}

interface AskedProps {
  readonly gate: GateView
  readonly now: number
  readonly checks: readonly Check[]
  readonly notes: number
}

/** What is asked and why now, and the whole at a glance. */
function Asked({ gate, now, checks, notes }: AskedProps) {
  return (
    <header>
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted">
        <GateStatusChip status={gate.status} byRule={passedByRule(gate)} />
        {gate.overdue && gate.status === 'waiting' && <span className="tone-red font-medium">Overdue</span>}
        <span>
          asked <TimeAgo at={gate.openedAt} now={now} />
        </span>
        {gate.status === 'waiting' && gate.expiresAt && <Countdown to={gate.expiresAt} now={now} />}
      </p>
      <h1 className="mt-2 text-lg font-semibold text-balance">{visible(gate.runTitle)}</h1>
      <p className="mt-2 max-w-prose text-md">{visible(gate.reason)}</p>
      <p className="mt-1 text-sm text-muted">
        Stopped by the rule <span className="code">{visible(gate.name)}</span>, {ruleWords(gate)}. Asked by{' '}
        {visible(gate.requestedBy.name)}
        {gate.repository && ` in ${visible(gate.repository)}`}.{' '}
        <Link href={`/runs/${gate.runId}`} className="text-accent hover:underline">
          See how the run got here
        </Link>
      </p>
      <div className="mt-4 flex flex-wrap items-center gap-x-4 gap-y-1.5 rounded-lg border bg-surface px-3 py-2">
        <Glance items={glanceOf(checks)} />
        <nav aria-label="Parts of this page" className="flex flex-wrap gap-x-3 text-sm sm:ml-auto">
          <Jump to="#change">Change</Jump>
          <Jump to="#checks">Checks</Jump>
          {notes > 0 && <span className="text-muted">{plural(notes, 'note')} beside lines</span>}
          <Jump to="#terms">Terms</Jump>
          <Jump to="#comments">
            {gate.comments.length > 0 ? plural(gate.comments.length, 'comment') : 'Comments'}
          </Jump>
        </nav>
      </div>
    </header>
  )
}

function Jump({ to, children }: { readonly to: string; readonly children: ReactNode }) {
  return (
    <a href={to} className="text-accent hover:underline">
      {children}
    </a>
  )
}

const order = { bad: 0, warn: 1, good: 2, none: 3 } as const

/** The checks by name, the worst first, and in a word those of which nothing is known. */
function glanceOf(checks: readonly Check[]): GateItem['glance'] {
  const unknown = checks.filter(({ verdict }) => verdict === 'none').map(({ name }) => name.toLowerCase())
  if (unknown.length === checks.length) return [{ verdict: 'none', words: 'No check ran on this change' }]
  const known = checks
    .filter(({ verdict }) => verdict !== 'none')
    .sort((a, b) => order[a.verdict] - order[b.verdict])
    .map(({ name, verdict }) => ({ verdict, words: name }))
  return unknown.length === 0
    ? known
    : [...known, { verdict: 'none', words: `not known: ${unknown.join(', ')}` }]
}

const triggers: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/^before_merge_to_(.+)$/, 'which holds before a merge into $1'],
  [/^before_merge$/, 'which holds before every merge'],
  [/^on_low_confidence$/, 'which holds where the agents are not sure enough'],
]

function ruleWords({ policy }: GateView): string {
  const known = triggers.find(([pattern]) => pattern.test(policy.trigger))
  const when = known ? policy.trigger.replace(...known) : `which holds at ${policy.trigger}`
  return `${visible(when)} and asks for ${plural(policy.requiredApprovers, 'person', 'people')}`
}

function Range({ gate }: { readonly gate: GateView }) {
  return (
    <span className="inline-flex flex-wrap items-center gap-1.5">
      <Sha value={gate.baseSha} /> → <Sha value={gate.headSha} />
      {gate.branch && <span className="code">{visible(gate.branch)}</span>}
    </span>
  )
}
