import { z } from 'zod'

/** How a gate of the configuration behaves; see seed 004 section 4 and spec.md section 7. */
export const gatePolicySchema = z.object({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and dashes'),
  /** `before_merge_to_<branch>` holds only for runs with that target; `on_low_confidence` is the confidence gate. */
  trigger: z.string(),
  type: z.enum(['human_approval', 'confidence_gate']),
  requiredApprovers: z.int().min(1).max(20),
  /** null: never lapses. */
  timeoutHours: z.number().positive().nullable(),
  onTimeout: z.enum(['block', 'auto_approve', 'escalate']),
  notify: z.array(z.string()),
})
export type GatePolicy = z.infer<typeof gatePolicySchema>

/** Everything that bounds a run, taken once from the base branch's configuration. */
export const limitsSchema = z.object({
  /** Times the coder is sent back for one task before people are asked. */
  maxIterations: z.int().min(1),
  maxReplans: z.int().min(0),
  maxFixAttempts: z.int().min(1),
  /** Tries of one step at transient errors, the first included. */
  maxAttempts: z.int().min(1),
  /** Times an approval may be voided by a change before the run ends. */
  maxReapprovals: z.int().min(0),
  /** A last bound over everything: routed outcomes in a run. */
  maxSteps: z.int().min(10),
  /** Planner: under this, people are asked. */
  confidenceThreshold: z.number().min(0).max(1),
  /** Reviewer: under this, people are asked. */
  autoApproveThreshold: z.number().min(0).max(1),
  blockOn: z.array(z.string()),
  gates: z.array(gatePolicySchema),
})
export type Limits = z.infer<typeof limitsSchema>

export const defaultConfidenceGate: GatePolicy = {
  id: 'confidence-gate',
  trigger: 'on_low_confidence',
  type: 'confidence_gate',
  requiredApprovers: 1,
  timeoutHours: 24,
  onTimeout: 'block',
  notify: [],
}

export const defaultLimits: Limits = {
  maxIterations: 3,
  maxReplans: 2,
  maxFixAttempts: 3,
  maxAttempts: 5,
  maxReapprovals: 3,
  maxSteps: 200,
  confidenceThreshold: 0.75,
  autoApproveThreshold: 0.92,
  blockOn: ['security', 'data_loss'],
  gates: [],
}

/** Whether a gate asks anything of a run with this target branch. */
export function gateHolds(policy: GatePolicy, target: string, mainBranch: string): boolean {
  const named = /^before_merge_to_(.+)$/.exec(policy.trigger)?.[1]
  if (named === undefined) return true
  return named === target || (named === 'main' && target === mainBranch)
}
