'use server'

import { z } from 'zod'
import { providerNames } from '@/lib/core/names'
import { action } from '@/lib/edge/action'
import { issueReader } from '@/lib/runtime/issues'
import { lookUpIssue, lookUpIssueInput } from '@/lib/services/repositories/issue'
import { startRun } from '@/lib/services/runs/start'
import { startRunInput } from '@/lib/services/runs/start-input'

export const lookUpIssueAction = action('trigger', lookUpIssueInput, (ctx, input) =>
  lookUpIssue({ ctx, input, readIssue: issueReader(ctx.db) }),
)

const { repository, flow, issue, task, title, budgetUsd } = startRunInput.shape
const asked = z.strictObject({
  repository,
  flow,
  issue,
  task,
  title,
  budgetUsd,
  provider: z.enum(providerNames).optional(),
  model: z.string().min(1).max(200).optional(),
  recording: z.string().max(2_000).optional(),
})

export const startFromPageAction = action('trigger', asked, async (ctx, input) => {
  const { provider, model, recording, ...rest } = input
  const overrides = {
    ...(provider ? { provider } : {}),
    ...(model ? { model } : {}),
    ...(recording ? { recording } : {}),
  }
  const { id } = await startRun({ ctx, input: { ...rest, trigger: 'manual', overrides } })
  return { id }
})
