import { eq } from 'drizzle-orm'
import { z } from 'zod'
import { runs } from '@/drizzle/schema'
import { isEnded, type RunStatus, runStatuses } from '@/lib/core/status'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { MAX_LIMIT } from '../cursor'
import { parseInput } from '../parse'
import type { RunEvent } from '../views'
import { listEvents } from './events'
import type { EventsHub, Joined } from './events-hub'
import { noRun } from './get'
import { Mailbox, type MailboxLimits, type StreamEnd } from './mailbox'

export const followEventsInput = z.strictObject({
  run: z.uuid().optional(),
  /** The last event that is known already. Without it: all of a run's events, or of all runs those from now on. */
  after: z.coerce.number().int().min(0).optional(),
})

/** What may lie unread for one stream. */
export const streamLimits: MailboxLimits = { events: 2_000, size: 2_000_000 }

/** Batches of events in the order of their ids. */
export type EventStream = AsyncGenerator<readonly RunEvent[], StreamEnd, undefined>

interface Following {
  readonly ctx: ServiceContext
  readonly hub: EventsHub
  readonly run: string | undefined
  readonly after: number | undefined
  readonly signal: AbortSignal
}

/**
 * Events as they come, none left out and none twice: first those that are stored, then those that the hub hands
 * on. A run's stream ends after the last event of the ended run; both end when `signal` is aborted, and when their
 * reader lets too much lie: it comes again with the last id that it has.
 * @throws AppError('not_found') before the first event, when there is no such run.
 */
export async function followEvents({
  ctx,
  hub,
  input,
  signal,
}: {
  ctx: ServiceContext
  hub: EventsHub
  input: z.input<typeof followEventsInput>
  signal: AbortSignal
}): Promise<EventStream> {
  authorise(ctx, 'read')
  const { run, after } = parseInput(followEventsInput, input)
  if (run !== undefined && (await statusOf(ctx, run)) === null) throw noRun(run)
  await hub.ready()
  return stream({ ctx, hub, run, after, signal })
}

async function* stream({ ctx, hub, run, after, signal }: Following): EventStream {
  const box = new Mailbox(streamLimits)
  let joined: Joined | null = null
  // Whoever stops reading in the middle of a batch never comes back to the end of this function.
  const close = () => {
    box.close('closed')
    joined?.leave()
  }
  signal.addEventListener('abort', close)
  if (signal.aborted) close()
  try {
    let last = after ?? (run === undefined ? hub.position : 0)
    for (;;) {
      if (signal.aborted) return 'closed'
      joined = hub.join({
        after: last,
        run,
        onEvents: (events) => box.put(events),
        onClose: () => box.close('closed'),
      })
      if (joined) break
      last = yield* replay(ctx, run, last, hub.position)
    }
    if (joined.missed.length > 0) yield joined.missed
    last = joined.missed.at(-1)?.id ?? last
    if (run !== undefined && (await hasEnded(ctx, run))) return yield* rest(ctx, run, last)
    for (;;) {
      const taken = await box.take()
      if (typeof taken === 'string') return taken
      const fresh = taken.some(({ id }) => id <= last) ? taken.filter(({ id }) => id > last) : taken
      if (fresh.length > 0) yield fresh
      last = fresh.at(-1)?.id ?? last
      if (run !== undefined && fresh.some(mayTellOfEnd) && (await hasEnded(ctx, run)))
        return yield* rest(ctx, run, last)
    }
  } finally {
    joined?.leave()
    signal.removeEventListener('abort', close)
  }
}

/** What is left of an ended run. */
async function* rest(ctx: ServiceContext, run: string, last: number): EventStream {
  yield* replay(ctx, run, last)
  return 'ended'
}

/** Stored events after `after`, up to and with `until`. Returns the id up to which all have been given. */
async function* replay(
  ctx: ServiceContext,
  run: string | undefined,
  after: number,
  until?: number,
): AsyncGenerator<readonly RunEvent[], number, undefined> {
  let last = after
  for (;;) {
    const bounds = { ...(run === undefined ? {} : { run }), ...(until === undefined ? {} : { until }) }
    const events = await listEvents({ ctx, input: { ...bounds, after: last } })
    if (events.length > 0) yield events
    last = events.at(-1)?.id ?? last
    if (events.length < MAX_LIMIT) return until === undefined ? last : Math.max(last, until)
  }
}

/** A run's change of status to one that is no end needs no look at the run. */
function mayTellOfEnd({ kind, data }: RunEvent): boolean {
  if (kind !== 'run') return false
  const { status } = data
  return typeof status !== 'string' || !isRunStatus(status) || isEnded(status)
}

function isRunStatus(text: string): text is RunStatus {
  return Object.hasOwn(runStatuses, text)
}

async function hasEnded(ctx: ServiceContext, run: string): Promise<boolean> {
  const status = await statusOf(ctx, run)
  return status === null || isEnded(status)
}

async function statusOf(ctx: ServiceContext, run: string) {
  const [row] = await ctx.db.select({ status: runs.status }).from(runs).where(eq(runs.id, run))
  return row?.status ?? null
}
