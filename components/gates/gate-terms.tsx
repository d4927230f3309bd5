import { costOf, money, plural } from '@/components/format'
import { Fact } from '@/components/ui/panel'
import { visible } from '@/lib/core/visible'
import type { GateView } from '@/lib/services/views'
import { Countdown } from './countdown'
import { gateSentence } from './gate-words'

interface GateTermsProps {
  readonly gate: GateView
  readonly now: number
  readonly who: string
}

/** What a decision costs, does and needs, and when it lapses. */
export function GateTerms({ gate, now, who }: GateTermsProps) {
  const left = Math.max(0, gate.budgetMicros - gate.costMicros)
  const missing = Math.max(0, gate.requiredApprovers - gate.approvals)
  return (
    <dl className="grid gap-x-6 gap-y-4 rounded-lg border bg-surface px-4 py-3 sm:grid-cols-2">
      <Fact label="Approving will">
        <strong className="font-medium">{visible(gate.leadsTo)}</strong>
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
      <Fact label="Who may decide">
        <WhoMay gate={gate} who={who} />
      </Fact>
      {gate.status === 'waiting' ? (
        <Fact label="Who else must agree">
          {gate.requiredApprovers === 1
            ? 'Nobody: one approval is enough.'
            : missing === 0
              ? `Nobody: all ${gate.requiredApprovers} have approved.`
              : `${plural(missing, 'approval')} of ${gate.requiredApprovers} still missing, each by another person.`}
          {gate.approvals > 0 && (
            <span className="block text-muted">{approvedBy(gate)} approved already.</span>
          )}
        </Fact>
      ) : (
        <Fact label="Approvals">
          {gate.approvals} of {gate.requiredApprovers}
          {gate.approvals > 0 && <span className="block text-muted">{approvedBy(gate)}</span>}
        </Fact>
      )}
      <Fact label="Ends">
        {gate.expiresAt === null ? (
          'Never: it waits until somebody decides.'
        ) : gate.status === 'waiting' ? (
          <>
            <Countdown to={gate.expiresAt} now={now} />
            <span className="block text-muted">{onTimeout[gate.policy.onTimeout]}</span>
          </>
        ) : (
          'It is closed.'
        )}
      </Fact>
      <Fact label="Bound to">
        <span className="num text-xs" title={gate.evidence}>
          {gate.evidence.slice(0, 16)}
        </span>
        <span className="block text-muted">
          Any change of base, diff, plan or policy makes an approval void.
        </span>
      </Fact>
    </dl>
  )
}

const onTimeout: Readonly<Record<GateView['policy']['onTimeout'], string>> = {
  block: 'Then it stays, is marked overdue, and asks again.',
  auto_approve: 'Then it is approved by itself.',
  escalate: 'Then the next approvers are asked; the second time the run ends.',
}

function approvedBy(gate: GateView): string {
  const names = gate.decisions
    .filter((one) => one.decision === 'approve')
    .map((one) => visible(one.actor.name))
  return names.join(', ')
}

function WhoMay({ gate, who }: { readonly gate: GateView; readonly who: string }) {
  // Who might have is no longer of use; who did is.
  if (gate.status !== 'waiting')
    return (
      <>
        Nobody any more: it is closed.
        <span className="block text-muted">
          {gateSentence(gate, gate.decisions.at(-1)?.actor.name ?? null)}.
        </span>
      </>
    )
  const { mayApprove, mayReject, requestedBy, adoptions } = gate
  const rule = [
    requestedBy.kind === 'user' ? `not ${visible(requestedBy.name)}, who asked for the run` : '',
    adoptions > 0 ? 'not who pushed commits to its branch' : '',
    'not agents, nor their keys',
  ].filter(Boolean)
  if (mayApprove.may)
    return (
      <>
        You, {visible(who)}.
        <span className="block text-muted">
          {mayApprove.singleUser
            ? 'This installation has one user: you may approve what you asked for, and the audit log says so.'
            : `Everybody with the right to approve; ${rule.join('; ')}.`}
        </span>
      </>
    )
  return (
    <>
      {`${mayApprove.sentence} ${mayReject.may ? 'You may reject it. ' : ''}`}
      <span className="block text-muted">
        {mayApprove.mend} Everybody with the right to approve may; {rule.join('; ')}.
      </span>
    </>
  )
}
