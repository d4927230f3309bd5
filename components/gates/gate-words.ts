import { visible } from '@/lib/core/visible'
import type { GateView } from '@/lib/services/views'

/** What became of a gate, without an end. @param by who decided last */
export function gateSentence(status: GateView['status'], by: string | null): string {
  const who = by === null ? '' : ` by ${visible(by)}`
  switch (status) {
    case 'approved':
      return `Approved${who}`
    case 'rejected':
      return `Rejected${who}`
    case 'lapsed':
      return 'Lapsed: nobody decided in time'
    case 'void':
      return 'Void: the run went on, or what was asked about has changed'
    case 'waiting':
      return 'Waiting'
    default:
      return status satisfies never
  }
}
