import { z } from 'zod'
import { streamRoute } from '@/lib/edge/route'
import { textResponse } from '@/lib/edge/text'
import { logAsText, logTextInput } from '@/lib/services/runs/log/text'

export const GET = streamRoute({
  access: 'read',
  summary: 'A run’s log as text to keep: number, time, kind and words of each line, none of them cut.',
  input: logTextInput.omit({ run: true }).extend({ id: z.uuid() }),
  stream: 'text/plain',
  handler: async ({ ctx, input: { id, ...rest } }) => {
    const response = textResponse(await logAsText({ ctx, input: { ...rest, run: id } }), 'text/plain')
    response.headers.set('content-disposition', `attachment; filename="run-${id}.log"`)
    response.headers.set('x-content-type-options', 'nosniff')
    return response
  },
})
