import { z } from 'zod'
import { streamRoute } from '@/lib/edge/route'
import { lastEventId, signalsResponse, sseResponse, stopper, whileAdmitted } from '@/lib/edge/sse'
import { followEvents } from '@/lib/services/runs/follow'
import { watchEvents, watchEventsInput } from '@/lib/services/runs/watch'

export const GET = streamRoute({
  access: 'read',
  summary:
    'The events of all runs from now on, or after Last-Event-ID; `view=brief` only that they happened.',
  input: watchEventsInput.extend({ view: z.enum(['full', 'brief']).default('full') }),
  stream: 'text/event-stream',
  handler: async ({ ctx, input: { after, view }, request, runtime }) => {
    const stop = stopper(request.signal)
    const asked = {
      ctx,
      hub: runtime.events,
      input: lastEventId(request.headers, after),
      signal: stop.signal,
    }
    const response =
      view === 'brief'
        ? signalsResponse(await watchEvents(asked), stop)
        : sseResponse(await followEvents(asked), stop)
    whileAdmitted(stop, request, runtime)
    return response
  },
})
