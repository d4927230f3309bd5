import { visible } from '@/lib/core/visible'
import type { GateView } from '@/lib/services/views'

/** Of a gate: how it stands, and what its rule says of nobody deciding. */
export type GateEnd = Pick<GateView, 'status' | 'policy'>

/** Whether a gate let its run go on because nobody decided: its rule wants that. */
export function passedByRule({ status, policy }: GateEnd): boolean {
  return status === 'lapsed' && policy.onTimeout === 'auto_approve'
}

/** What became of a gate, without an end. @param by who decided last */
export function gateSentence(gate: GateEnd, by: string | null): string {
  const { status, policy } = gate
  const who = by === null ? '' : ` by ${visible(by)}`
  switch (status) {
    case 'approved':
      return `Approved${who}`
    case 'rejected':
      return `Rejected${who}`
    case 'lapsed':
      return passedByRule(gate)
        ? `Approved by its rule: nobody decided ${within(policy.timeoutHours)}`
        : 'Lapsed: nobody decided in time'
    case 'void':
      return 'Void: the run went on, or what was asked about has changed'
    case 'waiting':
      return 'Waiting'
    default:
      return status satisfies never
  }
}

function within(hours: number | null): string {
  return hours === null ? 'in time' : `within ${hours} h`
}
