'use server'

import { refresh } from 'next/cache'
import { z } from 'zod'
import { action } from '@/lib/edge/action'
import { commentGate, commentGateInput } from '@/lib/services/gates/comment'
import { decideGate } from '@/lib/services/gates/decide'

const input = z.object({
  gate: z.uuid(),
  decision: z.enum(['approve', 'reject']),
  evidence: z.string(),
  reason: z.string().optional(),
})

/** A decision from the page; `evidence` is what the page showed, so that a newer change refuses it. */
export const decideAction = action('approve', input, async (ctx, { reason, ...decision }) => {
  const gate = await decideGate({ ctx, input: { ...decision, ...(reason ? { reason } : {}) } })
  return { status: gate.status }
})

/** Something that a person says at the gate. */
export const commentAction = action('approve', commentGateInput, async (ctx, comment) => {
  const { id } = await commentGate({ ctx, input: comment })
  refresh()
  return { id }
})
