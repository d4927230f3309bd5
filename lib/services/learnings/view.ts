import { z } from 'zod'
import type { learnings } from '@/drizzle/schema'
import { learningKindNames, learningStatusNames } from '@/drizzle/schema'
import { runStatusNames } from '@/lib/core/status'
import { actorSchema } from '@/lib/core/trigger'

const time = z.iso.datetime()

export const learningSchema = z.object({
  id: z.uuid(),
  repository: z.object({ id: z.uuid(), name: z.string() }).nullable(),
  /** The run that it was learned from; null when that is gone. */
  run: z.object({ id: z.uuid(), title: z.string() }).nullable(),
  kind: z.enum(learningKindNames),
  text: z.string(),
  /** As it was proposed, where a person has changed it since. */
  original: z.string().nullable(),
  source: z.string(),
  /** `expired` also where its time has passed. */
  status: z.enum(learningStatusNames),
  expiresAt: time.nullable(),
  decidedBy: actorSchema.nullable(),
  decidedAt: time.nullable(),
  /** Runs whose agents were told of it. */
  used: z.int(),
  createdAt: time,
})
export type Learning = z.infer<typeof learningSchema>

export const learningDetailSchema = learningSchema.extend({
  /** The last 50 runs that were told of it, the newest first. */
  uses: z.array(z.object({ run: z.uuid(), title: z.string(), status: z.enum(runStatusNames), at: time })),
})
export type LearningDetail = z.infer<typeof learningDetailSchema>

export interface LearningRow {
  readonly learning: Omit<typeof learnings.$inferSelect, 'search'>
  readonly repository: string | null
  readonly runTitle: string | null
  /** The database's clock says that its time has passed. */
  readonly over: boolean
}

export function toLearning({ learning, repository, runTitle, over }: LearningRow): Learning {
  const { id, repositoryId, runId, kind, text, original, source, status, used } = learning
  return {
    id,
    repository: repositoryId ? { id: repositoryId, name: repository ?? '' } : null,
    run: runId ? { id: runId, title: runTitle ?? '' } : null,
    kind,
    text,
    original,
    source,
    status: status === 'approved' && over ? 'expired' : status,
    expiresAt: learning.expiresAt?.toISOString() ?? null,
    decidedBy: learning.decidedBy,
    decidedAt: learning.decidedAt?.toISOString() ?? null,
    used,
    createdAt: learning.createdAt.toISOString(),
  }
}
