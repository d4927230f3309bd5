import { clsx } from 'clsx'
import { Link } from '@/components/ui/link'
import { TimeAgo } from '@/components/ui/time-ago'
import { isEnded, runStatuses } from '@/lib/core/status'
import { visible } from '@/lib/core/visible'
import type { GateView } from '@/lib/services/views'
import { gateSentence, passedByRule } from './gate-words'

interface GateStateProps {
  readonly gate: GateView
  readonly now: number
  readonly successor: string | null
}

const tones = {
  approved: 'tone-green',
  rejected: 'tone-red',
  lapsed: 'tone-grey',
  void: 'tone-grey',
  waiting: 'tone-amber',
} as const

/** A gate that can no longer be decided: what became of it, and what to do now. */
export function GateState({ gate, now, successor }: GateStateProps) {
  const end = passedByRule(gate) ? 'approved' : gate.status
  return (
    <div role="status" className={clsx('tint rounded-lg border border-current px-4 py-3', tones[end])}>
      <p className="font-medium">
        {gateSentence(gate, gate.decisions.at(-1)?.actor.name ?? null)}{' '}
        {gate.closedAt && <TimeAgo at={gate.closedAt} now={now} />}
      </p>
      {gate.status === 'rejected' && gate.decisions.at(-1)?.reason && (
        <p className="mt-1 max-w-prose text-sm whitespace-pre-wrap text-ink">
          {visible(gate.decisions.at(-1)?.reason ?? '')}
        </p>
      )}
      <p className="mt-1 text-sm text-ink">
        {successor ? (
          <>
            The change is asked about anew:{' '}
            <Link href={`/gates/${successor}`} className="text-accent underline">
              open the gate that waits now
            </Link>
            .
          </>
        ) : (
          <>
            {advice(gate)}{' '}
            <Link href={`/runs/${gate.runId}`} className="text-accent underline">
              Open the run
            </Link>
            .
          </>
        )}
      </p>
    </div>
  )
}

const RETRIED = 'The run was retried since, and goes on.'

function advice(gate: GateView): string {
  switch (gate.status) {
    case 'approved':
      return wentOn(gate) ?? 'The run goes on by itself.'
    case 'rejected':
      if (gate.runStatus !== 'rejected') return wentOn(gate) ?? RETRIED
      return gate.sendsBackTo
        ? `The run has ended. Sent back to its ${gate.sendsBackTo}, it takes along what was said here.`
        : 'The run has ended. A retry begins from a step of your choice.'
    case 'lapsed':
      if (passedByRule(gate)) return wentOn(gate) ?? 'The run went on by itself.'
      return gate.runStatus === 'aborted' ? 'A retry from this gate asks again.' : (wentOn(gate) ?? RETRIED)
    case 'void':
      return 'A decision on it counts for nothing.'
    case 'waiting':
      return ''
    default:
      return gate.status satisfies never
  }
}

/** What became of the run behind its gate; null while it has not ended. */
function wentOn({ runStatus, pullRequest }: GateView): string | null {
  if (!isEnded(runStatus)) return null
  const merged = pullRequest?.mergeSha
  if (runStatus === 'succeeded' && merged) return `The run has ended: merged as ${merged.slice(0, 7)}.`
  return `The run has ended: ${runStatuses[runStatus].label.toLowerCase()}.`
}

export function Decisions({ gate, now }: { readonly gate: GateView; readonly now: number }) {
  return (
    <ul className="divide-y rounded-lg border bg-surface text-sm">
      {gate.decisions.map((decision) => (
        <li key={decision.actor.id + decision.at} className="px-4 py-2">
          <span className={clsx('font-medium', decision.decision === 'approve' ? 'tone-green' : 'tone-red')}>
            {decision.decision === 'approve' ? 'Approved' : 'Rejected'}
          </span>{' '}
          by {visible(decision.actor.name)}
          {decision.actor.via && <span className="text-muted"> by {visible(decision.actor.via)}</span>}{' '}
          <span className="text-muted">
            <TimeAgo at={decision.at} now={now} />
          </span>
          {decision.reason && (
            <p className="mt-0.5 whitespace-pre-wrap text-muted">{visible(decision.reason)}</p>
          )}
        </li>
      ))}
    </ul>
  )
}
