import { z } from 'zod'
import { providerNames } from '@/lib/core/names'
import { appendAudit } from '@/lib/db/audit'
import { toAppError } from '@/lib/errors'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'

export const testModelInput = z.strictObject({
  provider: z.enum(providerNames),
  /** As the provider names it; without it the one that is used where a configuration names none. */
  model: z.string().trim().min(1).max(200).optional(),
})

/** What a model said when it was tried. */
export interface ModelAnswer {
  readonly model: string
  readonly text: string
  readonly inputTokens: number
  readonly outputTokens: number
  readonly costMicros: number | null
  readonly ms: number
}

export type AskModel = (
  provider: z.output<typeof testModelInput>['provider'],
  model?: string,
) => Promise<ModelAnswer>

/**
 * Asks a model for one word: whether key, address and name are right. It costs a few tokens, so admins do it, and it is
 * in the audit log.
 * @param ask does it; see lib/runtime/model-settings.ts
 */
export async function testModel({
  ctx,
  input,
  ask,
}: {
  ctx: ServiceContext
  input: z.input<typeof testModelInput>
  ask: AskModel
}): Promise<ModelAnswer> {
  authorise(ctx, 'admin')
  const { provider, model } = parseInput(testModelInput, input)
  const tell = (data: Record<string, unknown>) =>
    ctx.db.transaction((tx) =>
      appendAudit(tx, { runId: null, actor: ctx.actor, action: 'model.tested', data: { provider, ...data } }),
    )
  try {
    const answer = await ask(provider, model)
    await tell({ model: answer.model, ok: true, costMicros: answer.costMicros })
    return answer
  } catch (error) {
    await tell({ model: model ?? null, ok: false, error: toAppError(error).code })
    throw error
  }
}
