'use server'

import { z } from 'zod'
import { promptNames, providerNames } from '@/lib/core/names'
import { action } from '@/lib/edge/action'
import { forkReaders } from '@/lib/runtime/fork'
import { forkRun } from '@/lib/services/runs/fork'

const input = z.object({
  run: z.uuid(),
  at: z.string().optional(),
  turn: z.int().optional(),
  model: z.string(),
  provider: z.union([z.literal(''), z.enum(providerNames)]),
  promptName: z.enum(promptNames),
  prompt: z.string(),
  config: z.string(),
  budgetUsd: z.number().optional(),
  reason: z.string(),
})

/** Fields that are left empty change nothing. */
export const forkAction = action('trigger', input, async (ctx, wanted) => {
  const { model, provider, promptName, prompt, config, reason, ...place } = wanted
  const { id } = await forkRun({
    ctx,
    input: {
      ...place,
      ...(model === '' ? {} : { model }),
      ...(provider === '' ? {} : { provider }),
      ...(prompt.trim() === '' ? {} : { prompts: { [promptName]: prompt } }),
      ...(config.trim() === '' ? {} : { config }),
      ...(reason === '' ? {} : { reason }),
    },
    readers: forkReaders,
  })
  return { id }
})
