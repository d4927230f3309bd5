import type { Config, GateConfig } from './config-schema'
import type { GatePolicy } from './limits'

/** Holds for every target branch, so that a run against another branch than main is no way round it. */
const defaultGate: GatePolicy = {
  id: 'pre-merge-main',
  trigger: 'before_merge',
  type: 'human_approval',
  requiredApprovers: 1,
  timeoutHours: null,
  onTimeout: 'block',
  notify: [],
}

export const asksAtLowConfidence = (gate: { trigger: string }) => gate.trigger === 'on_low_confidence'

/**
 * The gates in force. Without any that is asked in a flow there is one human approval before a merge; only an
 * explicit empty list, `gates: []`, lets a run merge with none.
 */
export function gatesOf(config: Config): GatePolicy[] {
  const given = config.supervision.gates
  if (given === undefined) return [defaultGate]
  const policies = given.map(policyOf)
  if (given.length === 0 || given.some((gate) => !asksAtLowConfidence(gate))) return policies
  return [defaultGate, ...policies]
}

function policyOf(gate: GateConfig): GatePolicy {
  return {
    id: gate.id,
    trigger: gate.trigger,
    type: gate.type,
    requiredApprovers: gate.required_approvers,
    timeoutHours: gate.timeout_hours,
    onTimeout: gate.on_timeout,
    notify: gate.notify,
  }
}

/**
 * A run's own configuration, as far as a run may set one: what guards the repository (gates, sandbox, budget,
 * protected paths) is taken from the base branch's file, and without a file an override cannot do away with gates.
 * @param base the configuration of the base branch, null when it has none
 */
export function guarded(override: Config, base: Config | null): Config {
  if (base === null) {
    if (override.supervision.gates?.length !== 0) return override
    const { gates: _, ...supervision } = override.supervision
    return { ...override, supervision }
  }
  const { supervision, sandbox, budget } = base
  const paths = [...base.project.protected_paths, ...override.project.protected_paths]
  const project = { ...override.project, protected_paths: [...new Set(paths)] }
  return { ...override, supervision, sandbox, budget, project }
}
