import Link from 'next/link'
import { DiffView } from '@/components/diff/diff-view'
import { CheckList } from '@/components/evidence/check-list'
import { evidenceNotes, summariseChecks } from '@/components/evidence/checks'
import { costOf, money, plural } from '@/components/format'
import { Plan } from '@/components/runs/plan'
import { ReviewView, reviewNotes } from '@/components/runs/review-view'
import { Sha } from '@/components/ui/copy'
import { Fact, Section } from '@/components/ui/panel'
import { GateStatusChip } from '@/components/ui/status'
import { TimeAgo } from '@/components/ui/time-ago'
import { visible } from '@/lib/core/visible'
import type { GateView } from '@/lib/services/views'
import { Decisions, GateState } from './gate-state'

interface GatePageProps {
  readonly gate: GateView
  readonly now: number
  readonly whole: string | null
  /** The gate that took the place of this one, when it is void and there is one. */
  readonly successor: string | null
}

/** A gate from top to bottom, as it is read before a decision. */
export function GatePage({ gate, now, whole, successor }: GatePageProps) {
  const last = gate.reviews.at(-1)
  const review = last?.review
  const notes = [...(review ? reviewNotes(review, 'reviewer') : []), ...evidenceNotes(gate.checks)]
  const checks = summariseChecks(gate.checks, gate.plan)
  return (
    <div className="mx-auto max-w-260 space-y-7">
      <Asked gate={gate} now={now} />
      {gate.status !== 'waiting' && <GateState gate={gate} now={now} successor={successor} />}
      <Section title="What the checks say">
        <CheckList checks={checks} />
      </Section>
      {last && (
        <Section title="What the reviewer says">
          <ReviewView review={last.review} source="reviewer" headSha={last.headSha} />
          {last.headSha !== gate.headSha && (
            <p className="mt-2 text-amber">
              The reviewer saw <span className="num">{last.headSha.slice(0, 7)}</span>. What came after it is
              in the change below, and no reviewer has seen that.
            </p>
          )}
        </Section>
      )}
      <Section title="The change" aside={<Range gate={gate} />}>
        <DiffView
          diff={gate.diff}
          notes={notes}
          whole={whole}
          wholeHref={(path) => `/gates/${gate.id}?file=${encodeURIComponent(path)}`}
        />
      </Section>
      {gate.plan.length > 0 && (
        <Section title="The plan it follows">
          <Plan tasks={gate.plan} taskIndex={gate.plan.length} />
        </Section>
      )}
      <Section title="Before you decide">
        <Terms gate={gate} now={now} />
      </Section>
      {gate.decisions.length > 0 && (
        <Section title="Decisions so far">
          <Decisions gate={gate} now={now} />
        </Section>
      )}
    </div>
  )
}

function Asked({ gate, now }: { readonly gate: GateView; readonly now: number }) {
  return (
    <header>
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted">
        <GateStatusChip status={gate.status} />
        {gate.overdue && gate.status === 'waiting' && <span className="tone-red font-medium">Overdue</span>}
        <span>
          {visible(gate.name)}, asked <TimeAgo at={gate.openedAt} now={now} />
        </span>
      </p>
      <h1 className="mt-2 text-lg font-semibold text-balance">{visible(gate.runTitle)}</h1>
      <p className="mt-2 max-w-prose text-md">{visible(gate.reason)}</p>
      <p className="mt-1 text-sm text-muted">
        Asked by {visible(gate.requestedBy.name)}
        {gate.repository && ` in ${visible(gate.repository)}`}.{' '}
        <Link href={`/runs/${gate.runId}`} className="text-accent hover:underline">
          See how the run got here
        </Link>
      </p>
    </header>
  )
}

function Range({ gate }: { readonly gate: GateView }) {
  return (
    <span className="inline-flex flex-wrap items-center gap-1.5">
      <Sha value={gate.baseSha} /> → <Sha value={gate.headSha} />
      {gate.branch && <span className="code">{visible(gate.branch)}</span>}
    </span>
  )
}

function Terms({ gate, now }: { readonly gate: GateView; readonly now: number }) {
  const missing = Math.max(0, gate.requiredApprovers - gate.approvals)
  const left = Math.max(0, gate.budgetMicros - gate.costMicros)
  return (
    <dl className="grid gap-x-6 gap-y-4 rounded-lg border bg-surface px-4 py-3 sm:grid-cols-2">
      <Fact label="Approving will">
        {visible(gate.leadsTo)}
        {gate.branch && gate.target && (
          <span className="block text-muted">
            <span className="code">{visible(gate.branch)}</span> into{' '}
            <span className="code">{visible(gate.target)}</span>
          </span>
        )}
        {gate.pullRequest && (
          <span className="block text-muted">
            pull request #{gate.pullRequest.number}, {gate.pullRequest.state}
          </span>
        )}
      </Fact>
      <Fact label="Cost">
        <span className="num">{costOf(gate.costMicros, gate.budgetMicros)}</span> so far
        <span className="block text-muted">
          may still cost up to <span className="num">{money(left)}</span>, the rest of the budget
        </span>
      </Fact>
      <Fact label="Who else must agree">
        {missing <= 1 && gate.requiredApprovers === 1
          ? 'Nobody: one approval is enough.'
          : `${plural(missing, 'approval')} of ${gate.requiredApprovers} still missing, each by another person.`}
      </Fact>
      <Fact label="Lapses">
        {gate.expiresAt ? (
          <>
            <TimeAgo at={gate.expiresAt} now={now} />
            <span className="block text-muted">{onTimeout[gate.policy.onTimeout]}</span>
          </>
        ) : (
          'Never.'
        )}
      </Fact>
      <Fact label="Score">
        {gate.score === null ? 'Not scored.' : <span className="num">{gate.score} of 100</span>}
      </Fact>
      <Fact label="Bound to">
        <span className="num text-xs" title={gate.evidence}>
          {gate.evidence.slice(0, 16)}
        </span>
        <span className="block text-muted">Any change of diff, plan or policy makes an approval void.</span>
      </Fact>
    </dl>
  )
}

const onTimeout: Readonly<Record<GateView['policy']['onTimeout'], string>> = {
  block: 'Then it stays, is marked overdue, and asks again.',
  auto_approve: 'Then it is approved by itself.',
  escalate: 'Then the next approvers are asked; the second time the run ends.',
}
