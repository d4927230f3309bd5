import { z } from 'zod'
import { streamRoute } from '@/lib/edge/route'
import { gateDiff, gateDiffInput } from '@/lib/services/gates/diff'

/** A gate's diff never changes: a browser that has it need not ask again. */
export const GET = streamRoute({
  access: 'read',
  summary: 'The diff that a gate asks about, as it was stored; with `cut`, as a page can hold it.',
  input: gateDiffInput.omit({ gate: true }).extend({ id: z.uuid() }),
  stream: 'text/x-diff',
  handler: async ({ ctx, input: { id, cut } }) =>
    new Response(await gateDiff({ ctx, input: { gate: id, cut } }), {
      headers: {
        'content-type': 'text/x-diff; charset=utf-8',
        'content-disposition': `attachment; filename="gate-${id}.diff"`,
        'cache-control': 'private, max-age=86400, immutable',
        'x-content-type-options': 'nosniff',
      },
    }),
})
