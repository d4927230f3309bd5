'use server'

import { refresh } from 'next/cache'
import { z } from 'zod'
import { learningDecisions } from '@/lib/core/learning'
import { action } from '@/lib/edge/action'
import { changeLearning } from '@/lib/services/learnings/change'

const input = z.object({
  id: z.uuid(),
  decision: z.enum(learningDecisions).optional(),
  text: z.string().optional(),
  expiresInDays: z.number().nullable().optional(),
  reason: z.string().optional(),
})

/** Approves, refuses, ends or edits a learning; the service decides what its status allows. */
export const changeLearningAction = action('approve', input, async (ctx, wanted) => {
  const learning = await changeLearning({ ctx, input: wanted })
  refresh()
  return learning
})
