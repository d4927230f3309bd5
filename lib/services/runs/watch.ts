import type { z } from 'zod'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { parseInput } from '../parse'
import type { EventsHub, Joining } from './events-hub'
import { type EventStream, followEventsInput, streamLimits } from './follow'
import { Mailbox } from './mailbox'

export const watchEventsInput = followEventsInput.omit({ run: true })

export interface Watched {
  /** Where the events begin. */
  readonly position: number
  /** More has come since `after` than is remembered: whoever shows something looks at it anew. */
  readonly missed: boolean
  readonly events: EventStream
}

/**
 * That something happened, for pages that then look at what they show: events of all runs from now on, or after the
 * last that is known as far as this process remembers. It never reads the database.
 */
export async function watchEvents({
  ctx,
  hub,
  input,
  signal,
}: {
  ctx: ServiceContext
  hub: EventsHub
  input: z.input<typeof watchEventsInput>
  signal: AbortSignal
}): Promise<Watched> {
  authorise(ctx, 'read')
  const { after } = parseInput(watchEventsInput, input)
  await hub.ready()
  const box = new Mailbox(streamLimits)
  const joining = (from: number): Joining => ({
    after: from,
    onEvents: (events) => box.put(events),
    onClose: () => box.close('closed'),
  })
  const here = hub.position
  // An id beyond ours is of a database that was put back to what it was before.
  const resumed = after === undefined || after > here ? null : hub.join(joining(after))
  const joined = resumed ?? hub.join(joining(here))
  const close = () => {
    box.close('closed')
    joined?.leave()
  }
  signal.addEventListener('abort', close, { once: true })
  if (signal.aborted) close()
  async function* events(): EventStream {
    if (joined && joined.missed.length > 0) yield joined.missed
    for (;;) {
      const taken = await box.take()
      if (typeof taken === 'string') return taken
      yield taken
    }
  }
  return {
    position: resumed && after !== undefined ? after : here,
    missed: after !== undefined && !resumed,
    events: events(),
  }
}
