import { unmetApprovers } from '@/lib/core/approvers'
import { type Checked, ok, warn } from '@/lib/core/checked'
import type { Config } from '@/lib/core/config'

/** Whether the gates of the configuration can be passed by the one user of this installation. */
export function checkGates(config: Config): Checked {
  const unmet = unmetApprovers(config, 1)
  if (unmet.length === 0) return ok('gates', 'can be passed by one user')
  return warn('gates', unmet.join(' '), 'Set supervision.gates[].required_approvers to 1 in devpilot.yaml.')
}
