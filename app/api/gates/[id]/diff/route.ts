import { z } from 'zod'
import { keptText } from '@/lib/edge/kept'
import { streamRoute } from '@/lib/edge/route'
import { gateDiff, gateDiffInput } from '@/lib/services/gates/diff'

export const GET = streamRoute({
  access: 'read',
  summary: 'The diff that a gate asks about, as it was stored; with `cut`, as a page can hold it.',
  input: gateDiffInput.omit({ gate: true }).extend({ id: z.uuid() }),
  stream: 'text/x-diff',
  handler: async ({ ctx, request, input: { id, cut } }) =>
    keptText(request, await gateDiff({ ctx, input: { gate: id, cut } }), {
      'content-type': 'text/x-diff; charset=utf-8',
      'content-disposition': `attachment; filename="gate-${id}.diff"`,
      'x-content-type-options': 'nosniff',
    }),
})
