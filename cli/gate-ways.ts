import type { GateView } from '@/lib/services/views'
import { whyNot } from './gate-text'
import { say } from './say'

/** What of a gate says who may decide it, and how. */
export type Decidable = Pick<GateView, 'id' | 'mayApprove' | 'mayReject'>

/** How a waiting gate is decided, a line each; nobody is told to do what they may not. */
export function gateWays(gate: Decidable): string[] {
  const approve = gate.mayApprove.may ? `approve: ${say(`gate approve ${gate.id}`)}` : whoElse(gate)
  const reject = `reject:  ${say(`gate reject ${gate.id}`)} --reason "…"`
  return [approve, ...(gate.mayReject.may ? [reject] : [])].map((line) => `  ${line}`)
}

/** Said where the demo waits: what is waited for, and of whom. */
export function gateAwaits({ mayApprove, mayReject }: Decidable): string {
  if (mayApprove.may) return 'Look at the change, then approve or reject it: this goes on by itself.'
  return `This goes on by itself once somebody else approves it${mayReject.may ? ', or you reject it' : ''}.`
}

const ownPart: Readonly<Record<string, string>> = {
  requester: 'you asked for the run',
  committer: 'you committed to the change',
  decided: 'you have decided already',
}

function whoElse({ mayApprove }: Decidable): string {
  const part = mayApprove.may ? undefined : ownPart[mayApprove.why]
  return part === undefined ? whyNot({ mayApprove }) : `Somebody else has to approve it: ${part}.`
}
