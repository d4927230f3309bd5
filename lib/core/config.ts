import { asksAtLowConfidence, gatesOf } from './config-gates'
import { type Config, configSchema } from './config-schema'
import { defaultLimits, type Limits } from './limits'

export { flowFor, flowProblems } from './config-flow'
export { guarded } from './config-gates'
export { type Config, configSchema } from './config-schema'

/** What an absent devpilot.yaml means. */
export function defaultConfig(): Config {
  return configSchema.parse({})
}

/** What bounds a run of this repository. */
export function limitsOf(config: Config): Limits {
  const { agents, pipeline, supervision } = config
  const threshold = supervision.gates?.find((gate) => asksAtLowConfidence(gate))?.threshold
  return {
    maxIterations: agents.coder.max_iterations,
    maxReplans: pipeline.max_replans,
    maxFixAttempts: agents.debugger.max_fix_attempts,
    maxAttempts: pipeline.max_attempts,
    maxReapprovals: pipeline.max_reapprovals,
    maxSteps: pipeline.max_steps,
    confidenceThreshold: threshold ?? defaultLimits.confidenceThreshold,
    autoApproveThreshold: agents.reviewer.auto_approve_threshold,
    blockOn: agents.reviewer.block_on,
    gates: gatesOf(config),
  }
}
