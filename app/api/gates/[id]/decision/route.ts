import { z } from 'zod'
import { route } from '@/lib/edge/route'
import { decideGate, decideGateInput } from '@/lib/services/gates/decide'
import { gateViewSchema } from '@/lib/services/views'

export const POST = route({
  access: 'approve',
  summary: 'Approves or rejects; refused when the change is no longer the one that `evidence` names.',
  input: decideGateInput.omit({ gate: true }).extend({ id: z.uuid() }),
  output: gateViewSchema,
  handler: ({ ctx, input: { id, ...rest } }) => decideGate({ ctx, input: { ...rest, gate: id } }),
})
