'use server'

import { z } from 'zod'
import { action } from '@/lib/edge/action'
import { signalRun } from '@/lib/services/runs/signal'

const common = { run: z.uuid(), reason: z.string().max(2_000) }
const step = z.string().max(100).optional()
const input = z.discriminatedUnion('kind', [
  z.object({ ...common, kind: z.literal('cancel') }),
  z.object({ ...common, kind: z.literal('skip'), step }),
  z.object({ ...common, kind: z.literal('retry'), step, from: z.string().max(100).optional() }),
  z.object({ ...common, kind: z.literal('resume'), budgetUsd: z.number().optional() }),
])

/** Cancel, retry, skip or resume; the service decides what the run's status allows. */
export const signalAction = action('trigger', input, async (ctx, { reason, ...signal }) => {
  const why = reason.trim() === '' ? {} : { reason: reason.trim() }
  return signalRun({ ctx, input: { ...signal, ...why } })
})
