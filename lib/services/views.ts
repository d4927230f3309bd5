import { z } from 'zod'
import { refusalNames } from '@/lib/core/approver'
import { evaluationSchema } from '@/lib/core/evaluation'
import { forkPlaceSchema, inheritedSchema } from '@/lib/core/fork'
import { gatePolicySchema } from '@/lib/core/limits'
import { runEventKinds, triggerNames } from '@/lib/core/names'
import { outcomeSchema } from '@/lib/core/outcome'
import { taskSchema } from '@/lib/core/plan'
import { reviewSchema } from '@/lib/core/review'
import { beadStatusNames, runStatusNames } from '@/lib/core/status'
import { actorSchema, triggerTaskSchema } from '@/lib/core/trigger'
import { toolCallSchema, toolResultSchema, usageSchema } from '@/lib/core/turn'
import { heeding } from '@/lib/core/wishes'
import { gateCommentSchema } from './gates/comment-view'

/** What services answer with and routes send: dates are ISO 8601 strings in UTC, money whole micro-dollars. */
const time = z.iso.datetime()
const facts = z.record(z.string(), z.unknown())

export const runSummarySchema = z.object({
  id: z.uuid(),
  source: z.enum(['pipeline', 'ingest']),
  repository: z.object({ id: z.uuid(), name: z.string(), forge: z.string() }).nullable(),
  flow: z.string(),
  trigger: z.enum(triggerNames),
  title: z.string(),
  status: z.enum(runStatusNames),
  step: z.string(),
  /** One sentence: why it waits, what it does, how it ended. */
  detail: z.string(),
  requestedBy: actorSchema,
  branch: z.string().nullable(),
  target: z.string().nullable(),
  budgetMicros: z.int(),
  costMicros: z.int(),
  inputTokens: z.int(),
  outputTokens: z.int(),
  turns: z.int(),
  score: z.int().nullable(),
  createdAt: time,
  startedAt: time.nullable(),
  endedAt: time.nullable(),
  /** The gate that it waits at. */
  gateId: z.uuid().nullable(),
  /** The run that it was forked from. */
  forkOf: z.uuid().nullable(),
  /** Agents that took part, and models that were asked, in the order in which they came. */
  agents: z.array(z.string()),
  models: z.array(z.string()),
  /** Why a run that was given up was: tries ran out, or no worker lived through its step. */
  dead: z.object({ reason: z.string(), step: z.string(), tries: z.int(), since: time }).nullable(),
})
export type RunSummary = z.infer<typeof runSummarySchema>

/** A page of runs, which can be left in both directions. */
export const runPageSchema = z.object({
  items: z.array(runSummarySchema).readonly(),
  /** The cursor of the older rows; null: there are none. */
  next: z.string().nullable(),
  /** The cursor of the newer rows, for `newer`; null: the list begins here. */
  previous: z.string().nullable(),
  /**
   * The filters hold for so few runs that not all were looked at: up to this time they were. `next` goes on from
   * there, also on a page that is empty.
   */
  lookedBackTo: time.nullable(),
})
export type RunPage = z.infer<typeof runPageSchema>

export const turnViewSchema = z.object({
  id: z.uuid(),
  seq: z.int(),
  prompt: z.string(),
  promptVersion: z.string(),
  promptHash: z.string(),
  model: z.string(),
  request: z.string(),
  content: z.string().nullable(),
  toolCalls: z.array(toolCallSchema),
  toolResults: z.array(toolResultSchema).nullable(),
  finish: z.string(),
  usage: usageSchema,
  costMicros: z.int(),
  /** What it had cost the run that it was taken over from. */
  inheritedMicros: z.int().nullable(),
  headSha: z.string().nullable(),
  startedAt: time,
  endedAt: time,
})
export type TurnView = z.infer<typeof turnViewSchema>

export const beadViewSchema = z.object({
  id: z.uuid(),
  runId: z.uuid(),
  seq: z.int(),
  step: z.string(),
  name: z.string(),
  category: z.enum(['agent', 'check', 'gate', 'effect']),
  status: z.enum(beadStatusNames),
  attempt: z.int(),
  taskId: z.string().nullable(),
  model: z.string().nullable(),
  outcome: outcomeSchema.nullable(),
  summary: facts,
  /** Taken over from the run that this one was forked from, and paid for there. */
  inherited: inheritedSchema.nullable(),
  /** A fork can begin here: what came before it is on record. */
  forkable: z.boolean(),
  baseSha: z.string().nullable(),
  headSha: z.string().nullable(),
  costMicros: z.int(),
  inputTokens: z.int(),
  outputTokens: z.int(),
  startedAt: time.nullable(),
  endedAt: time.nullable(),
})
export type BeadView = z.infer<typeof beadViewSchema>

export const evidenceViewSchema = z.object({
  id: z.uuid(),
  beadId: z.uuid().nullable(),
  /** See lib/core/evidence.ts: `tests`, `lint`, `types`, `coverage`, `setup`, `secrets`, `diff`, `guard`. */
  kind: z.string(),
  phase: z.enum(['baseline', 'change']),
  commit: z.string(),
  data: facts,
  createdAt: time,
})
export type EvidenceView = z.infer<typeof evidenceViewSchema>

export const pullRequestViewSchema = z.object({
  number: z.int(),
  url: z.string(),
  title: z.string(),
  body: z.string(),
  branch: z.string(),
  target: z.string(),
  headSha: z.string(),
  state: z.enum(['draft', 'open', 'merged', 'closed']),
  labels: z.array(z.string()),
  mergeSha: z.string().nullable(),
  createdAt: time,
  mergedAt: time.nullable(),
})

export const gateSummarySchema = z.object({
  id: z.uuid(),
  runId: z.uuid(),
  runTitle: z.string(),
  repository: z.string().nullable(),
  name: z.string(),
  status: z.enum(['waiting', 'approved', 'rejected', 'lapsed', 'void']),
  reason: z.string(),
  leadsTo: z.string(),
  policy: gatePolicySchema,
  /** What a decision must carry: it is refused when the evidence has changed since. */
  evidence: z.string(),
  requiredApprovers: z.int(),
  approvals: z.int(),
  overdue: z.boolean(),
  openedAt: time,
  expiresAt: time.nullable(),
  closedAt: time.nullable(),
})
export type GateSummary = z.infer<typeof gateSummarySchema>

/** Whether who asks may decide so; if not, why, and what to do instead. See lib/core/approver.ts. */
const verdictSchema = z.discriminatedUnion('may', [
  z.object({ may: z.literal(true), singleUser: z.boolean() }),
  z.object({ may: z.literal(false), why: z.enum(refusalNames), sentence: z.string(), mend: z.string() }),
])

/** A gate in the inbox of who asks. */
export const gateItemSchema = gateSummarySchema.extend({
  repositoryId: z.uuid().nullable(),
  target: z.string().nullable(),
  requestedBy: actorSchema,
  costMicros: z.int(),
  budgetMicros: z.int(),
  score: z.int().nullable(),
  mayApprove: verdictSchema,
  /** What the checks say, the worst first; for gates that wait. */
  glance: z.array(z.object({ verdict: z.enum(['good', 'warn', 'bad', 'none']), words: z.string() })),
})
export type GateItem = z.infer<typeof gateItemSchema>

export type GateComment = z.infer<typeof gateCommentSchema>

export const gateViewSchema = gateSummarySchema.extend({
  baseSha: z.string(),
  headSha: z.string(),
  branch: z.string().nullable(),
  target: z.string().nullable(),
  diff: z.string(),
  /** How the run is now, whatever it was at this gate; so is its plan. */
  runStatus: z.enum(runStatusNames),
  plan: z.array(taskSchema),
  /** Each with the commit that it saw: later ones may have come after it. */
  reviews: z.array(z.object({ headSha: z.string(), review: reviewSchema })),
  checks: z.array(evidenceViewSchema),
  pullRequest: pullRequestViewSchema.nullable(),
  costMicros: z.int(),
  budgetMicros: z.int(),
  score: z.int().nullable(),
  requestedBy: actorSchema,
  decisions: z.array(
    z.object({
      decision: z.enum(['approve', 'reject']),
      actor: actorSchema,
      reason: z.string().nullable(),
      at: time,
    }),
  ),
  comments: z.array(gateCommentSchema),
  /** How often people pushed commits to the branch while the run was at its gates. */
  adoptions: z.int(),
  mayApprove: verdictSchema,
  mayReject: verdictSchema,
  /** The step that the run is best sent back to once it is rejected, with what was said of it; null: there is none. */
  sendsBackTo: z.enum(heeding).nullable(),
})
export type GateView = z.infer<typeof gateViewSchema>

/** Something that the run did outside. `unknown`: it was begun, and nobody has looked since what became of it. */
export const effectViewSchema = z.object({
  key: z.string(),
  kind: z.string(),
  outcome: z.enum(['unknown', 'made', 'found', 'refused']),
  intent: facts,
  attempts: z.int(),
  begunAt: time,
  doneAt: time.nullable(),
})

export const runViewSchema = runSummarySchema.extend({
  task: triggerTaskSchema,
  flowSteps: z.array(z.string()),
  plan: z.array(taskSchema),
  taskIndex: z.int(),
  baseSha: z.string().nullable(),
  headSha: z.string().nullable(),
  error: z
    .object({ code: z.string(), message: z.string(), mend: z.string().optional(), step: z.string() })
    .nullable(),
  beads: z.array(beadViewSchema),
  evidence: z.array(evidenceViewSchema),
  reviews: z.array(
    z.object({ beadId: z.uuid().nullable(), source: z.string(), headSha: z.string(), review: reviewSchema }),
  ),
  gates: z.array(gateSummarySchema),
  /** What people said on lines at its gates. */
  comments: z.array(gateCommentSchema),
  pullRequest: pullRequestViewSchema.nullable(),
  evaluation: z.object({ score: z.int(), parts: evaluationSchema }).nullable(),
  effects: z.array(effectViewSchema),
  /** Where this run was forked from another. */
  fork: z.object({ run: z.uuid(), title: z.string(), place: forkPlaceSchema }).nullable(),
  /** Runs that were forked from this one, the newest first. */
  forks: z.array(
    z.object({ run: z.uuid(), status: z.enum(runStatusNames), place: forkPlaceSchema, createdAt: time }),
  ),
  /** Of a rejected run: the step to send it back to with what people said of the change; null: there is none. */
  sendsBackTo: z.enum(heeding).nullable(),
  /** The last diff kept of this run, null before there is one. */
  diff: z.string().nullable(),
})
export type RunView = z.infer<typeof runViewSchema>

/** What became of each run that was to be put back, and how many that were given up are left. */
export const requeuedSchema = z.object({
  results: z.array(
    z.object({
      run: z.uuid(),
      title: z.string().nullable(),
      ok: z.boolean(),
      status: z.enum(runStatusNames).optional(),
      step: z.string().optional(),
      error: z.object({ code: z.string(), message: z.string(), mend: z.string().optional() }).optional(),
    }),
  ),
  left: z.int(),
})
export type Requeued = z.infer<typeof requeuedSchema>

/** What became of one slice of many runs; `next`: where to go on, null when all are done. */
export const bulkSliceSchema = z.object({
  results: z.array(
    z.object({
      run: z.uuid(),
      title: z.string().nullable(),
      /** The name of its repository. */
      repository: z.string().nullable(),
      /** `skipped`: its status does not allow it, which is no failure. */
      outcome: z.enum(['done', 'skipped', 'failed']),
      status: z.enum(runStatusNames).optional(),
      message: z.string(),
    }),
  ),
  next: z.string().nullable(),
  lookedBackTo: time.nullable(),
})
export type BulkSlice = z.infer<typeof bulkSliceSchema>

/** A list of runs that somebody keeps. */
export const savedViewSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  /** Filters as a URL has them. */
  query: z.string(),
  /** Columns in their order; none: those that everybody begins with. */
  columns: z.array(z.string()),
  shared: z.boolean(),
  owner: z.object({ id: z.string(), name: z.string() }),
  mine: z.boolean(),
})
export type SavedView = z.infer<typeof savedViewSchema>

/** Something that happened in the installation. */
export const activitySchema = z.object({
  id: z.uuid(),
  at: time,
  kind: z.enum(['run', 'gate', 'change', 'schedule', 'repository', 'people']),
  action: z.string(),
  actor: actorSchema,
  data: facts,
  run: z.object({ id: z.uuid(), title: z.string(), status: z.enum(runStatusNames) }).nullable(),
  repository: z.string().nullable(),
})
export type Activity = z.infer<typeof activitySchema>

export const runEventSchema = z.object({
  id: z.int(),
  runId: z.uuid(),
  beadId: z.uuid().nullable(),
  at: time,
  kind: z.enum(runEventKinds),
  data: facts,
})
export type RunEvent = z.infer<typeof runEventSchema>

export const auditEntrySchema = z.object({
  id: z.uuid(),
  chain: z.string(),
  seq: z.int(),
  runId: z.uuid().nullable(),
  at: time,
  actor: actorSchema,
  action: z.string(),
  data: facts,
  prevHash: z.string(),
  hash: z.string(),
})
export type AuditEntry = z.infer<typeof auditEntrySchema>

export const statsViewSchema = z.object({
  byStatus: z.record(z.string(), z.int()),
  gatesWaiting: z.int(),
  /** Runs that were given up; 1,000 for more. */
  dead: z.int(),
  /** The last 14 days, oldest first, days without a run included. */
  days: z.array(
    z.object({
      day: z.string(),
      succeeded: z.int(),
      merged: z.int(),
      failed: z.int(),
      other: z.int(),
      costMicros: z.int(),
      mergeSeconds: z.int(),
      scoreSum: z.int(),
      scored: z.int(),
    }),
  ),
  /** Processes that said within the last minute that they work, the longest at work first. */
  workers: z.array(
    z.object({
      id: z.string(),
      host: z.string(),
      engine: z.enum(['embedded', 'temporal']),
      concurrency: z.int(),
      startedAt: z.iso.datetime(),
      draining: z.boolean(),
    }),
  ),
})
export type StatsView = z.infer<typeof statsViewSchema>

/** A page of a list; `next` is the cursor of the following page, null at the end. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item).readonly(), next: z.string().nullable() })
export interface Page<T> {
  readonly items: readonly T[]
  readonly next: string | null
}
