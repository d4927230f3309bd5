import { z } from 'zod'
import { limitsSchema } from './limits'
import { taskSchema } from './plan'
import { reviewSchema } from './review'

const reason = z.string().min(1)

/** What a bead ends with. `route()` reads it and nothing else. */
export const outcomeSchema = z.discriminatedUnion('kind', [
  /** prepare: the flow, limits and target as the base branch's configuration gives them. */
  z.object({
    kind: z.literal('prepared'),
    flow: z.array(z.string()).min(1),
    limits: limitsSchema,
    target: z.string(),
    mainBranch: z.string(),
  }),
  /** A step with one way on. For the coder: the task is done. */
  z.object({ kind: z.literal('done') }),
  z.object({
    kind: z.literal('planned'),
    tasks: z.array(taskSchema).min(1),
    confidence: z.number(),
    blockers: z.array(z.string()),
  }),
  /** planner: nothing actionable; debugger: cannot be fixed here. */
  z.object({ kind: z.literal('abort'), reason }),
  z.object({ kind: z.literal('needs_scope'), files: z.array(z.string()).min(1), reason }),
  z.object({ kind: z.literal('out_of_iterations'), reason }),
  z.object({ kind: z.literal('reviewed'), review: reviewSchema }),
  z.object({ kind: z.literal('tests_passed') }),
  z.object({ kind: z.literal('tests_failed'), failing: z.array(z.string()), reason }),
  z.object({ kind: z.literal('coverage_low'), percent: z.number(), threshold: z.number() }),
  z.object({ kind: z.literal('fixed') }),
  z.object({ kind: z.literal('exhausted'), reason }),
  /** An agent made no progress, was told so once, and still made none. */
  z.object({ kind: z.literal('stuck'), reason }),
  /** pr: the change seems to carry secrets, and nothing has left yet. */
  z.object({ kind: z.literal('secrets_found'), reason }),
  /** gate: commits of people on the branch were taken over, which nothing has checked yet. */
  z.object({ kind: z.literal('adopted'), headSha: z.string() }),
  /** gate: opened, now people are asked. */
  z.object({ kind: z.literal('waiting') }),
  z.object({ kind: z.literal('approved') }),
  z.object({ kind: z.literal('rejected'), reason }),
  z.object({ kind: z.literal('timeout') }),
  /** merge: what was approved is no longer what is there, so the approval is void. */
  z.object({
    kind: z.literal('evidence_changed'),
    reason,
    /** The first gate whose approval is void; without it the last gate is asked. */
    gate: z.string().optional(),
  }),
  z.object({
    kind: z.literal('error'),
    transient: z.boolean(),
    code: z.string(),
    message: z.string(),
    mend: z.string().optional(),
    /** What the other side asked to wait, at least. */
    retryAfterMs: z.number().optional(),
    /** The engine could not do the step at all, as often as the limits allow: the run is put among the dead. */
    gaveUp: z.boolean().optional(),
    tries: z.int().optional(),
  }),
  z.object({ kind: z.literal('budget_spent'), reason }),
])

export type Outcome = z.infer<typeof outcomeSchema>
export type OutcomeKind = Outcome['kind']
