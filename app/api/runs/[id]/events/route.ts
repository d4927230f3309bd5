import { z } from 'zod'
import { streamRoute } from '@/lib/edge/route'
import { lastEventId, sseResponse, stopper, whileAdmitted } from '@/lib/edge/sse'
import { followEvents, followEventsInput } from '@/lib/services/runs/follow'

export const GET = streamRoute({
  access: 'read',
  summary: 'The events of a run, stored and live, until it has ended. Resumed by Last-Event-ID.',
  input: followEventsInput.omit({ run: true }).extend({ id: z.uuid() }),
  stream: 'text/event-stream',
  handler: async ({ ctx, input, request, runtime }) => {
    const stop = stopper(request.signal)
    const from = { run: input.id, ...lastEventId(request.headers, input.after) }
    const events = await followEvents({ ctx, hub: runtime.events, input: from, signal: stop.signal })
    whileAdmitted(stop, request, runtime)
    return sseResponse(events, stop)
  },
})
