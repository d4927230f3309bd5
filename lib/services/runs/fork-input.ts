import { z } from 'zod'
import type { FlowStep } from '@/lib/core/flow'
import type { Limits } from '@/lib/core/limits'
import type { PromptName } from '@/lib/core/names'
import type { RunRecord } from '@/lib/core/record'
import { type RunOverrides, runOverridesSchema } from '@/lib/core/trigger'
import { budgetUsd } from './start-input'

const { provider, model, models, prompts, config } = runOverridesSchema.shape

export const forkRunInput = z.strictObject({
  run: z.uuid(),
  at: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .optional()
    .describe('A bead’s id or number, or a step: its last bead. Without it the fork begins anew.'),
  turn: z
    .int()
    .min(1)
    .optional()
    .describe('The last turn of that bead which is taken over; without it the step is begun anew.'),
  provider,
  model,
  models,
  prompts: prompts.describe('Prompts by name (coder, reviewer …), each the text of a whole file.'),
  config: config.describe('The configuration’s text instead of the original’s.'),
  budgetUsd: budgetUsd.optional().describe('What the fork may spend; as the original where it is left out.'),
  reason: z.string().trim().min(1).max(2_000).optional(),
})
export type ForkRun = z.output<typeof forkRunInput>

/** Reads what a fork brings along; the program's own readers, which services may not choose. */
export interface ForkReaders {
  /** @throws AppError('bad_config') that names the place */
  readonly prompt: (name: PromptName, text: string) => unknown
  /** @throws AppError('bad_config') that names line and column */
  readonly limits: (config: string) => Limits
  /**
   * Finds the model of each agent that the fork may come to.
   * @throws AppError('bad_config') that names the field of the fork and the mend
   */
  readonly models: (fork: ForkModels) => Promise<void>
}

/** What decides which models a fork asks. */
export interface ForkModels {
  readonly home: string
  readonly repository: Pick<RunRecord['repository'], 'source' | 'forge'>
  /** Where the repository's configuration is read. */
  readonly baseSha: string
  readonly flow: readonly FlowStep[]
  readonly overrides: RunOverrides
  /** What the fork itself names. */
  readonly wanted: Pick<ForkRun, 'provider' | 'model' | 'models'>
}

/**
 * The original's overrides with the fork's in their place. A recording holds the answers of one model alone, and
 * another provider has not the models of the one before.
 */
export function forkOverrides(before: RunOverrides, wanted: ForkRun): RunOverrides {
  const { record: _, recording, model: oneBefore, models: eachBefore, ...kept } = before
  const { provider: of, model: one, models: each, prompts: texts, config: text } = wanted
  const otherModel = of !== undefined || one !== undefined || each !== undefined
  const otherProvider = of !== undefined && of !== before.provider
  const model = one ?? (otherProvider ? undefined : oneBefore)
  const models = { ...(otherProvider || one !== undefined ? {} : eachBefore), ...each }
  return {
    ...kept,
    ...(recording === undefined || otherModel ? {} : { recording }),
    ...(of === undefined ? {} : { provider: of }),
    ...(model === undefined ? {} : { model }),
    ...(Object.keys(models).length === 0 ? {} : { models }),
    ...(texts === undefined ? {} : { prompts: { ...kept.prompts, ...texts } }),
    ...(text === undefined ? {} : { config: text }),
  }
}
