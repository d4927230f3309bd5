import { eq } from 'drizzle-orm'
import { z } from 'zod'
import { runs } from '@/drizzle/schema'
import { isEnded } from '@/lib/core/status'
import { authorise } from '../authorise'
import type { ServiceContext } from '../context'
import { MAX_LIMIT } from '../cursor'
import { parseInput } from '../parse'
import type { RunEvent } from '../views'
import { listEvents } from './events'
import type { EventsHub } from './events-hub'
import { noRun } from './get'
import { Mailbox } from './mailbox'

export const followEventsInput = z.strictObject({
  run: z.uuid().optional(),
  /** The last event that is known already. Without it: all of a run's events, or of all runs those from now on. */
  after: z.coerce.number().int().min(0).optional(),
})

/** Events that a slow stream may leave lying before it reads them from the database instead. */
const BOX = 1_000

/** Batches of events in the order of their ids. */
export type EventStream = AsyncGenerator<readonly RunEvent[], StreamEnd, undefined>
/** `ended`: no more will come, the run is over. `closed`: the reader or the server has gone; it may connect again. */
export type StreamEnd = 'ended' | 'closed'

/**
 * Events as they come, none left out and none twice: first those that are stored, then those that the hub hands
 * on. A run's stream ends after the last event of the ended run; both end when `signal` is aborted.
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
  return stream({ ctx, hub, run, after, signal })
}

interface Following {
  readonly ctx: ServiceContext
  readonly hub: EventsHub
  readonly run: string | undefined
  readonly after: number | undefined
  readonly signal: AbortSignal
}

async function* stream({ ctx, hub, run, after, signal }: Following): EventStream {
  const box = new Mailbox(BOX)
  const close = () => box.close()
  const mine = (events: readonly RunEvent[]) =>
    run === undefined ? events : events.filter((event) => event.runId === run)
  const { upTo, stop } = await hub.subscribe((events) => {
    const wanted = mine(events)
    if (wanted.length > 0) box.put(wanted)
  }, close)
  signal.addEventListener('abort', close)
  if (signal.aborted) close()
  try {
    let last = yield* replay(ctx, run, after ?? (run === undefined ? upTo : 0), upTo)
    if (run !== undefined && (await hasEnded(ctx, run))) {
      yield* replay(ctx, run, last)
      return 'ended'
    }
    for (;;) {
      const taken = await box.take()
      if (!taken) return 'closed'
      const behind = taken.overflown
      if (behind) last = yield* replay(ctx, run, last, hub.position)
      const fresh = taken.events.filter((event) => event.id > last)
      if (fresh.length > 0) yield fresh
      last = fresh.at(-1)?.id ?? last
      const maybe = behind || fresh.some(tellsOfEnd)
      if (run !== undefined && maybe && (await hasEnded(ctx, run))) {
        yield* replay(ctx, run, last)
        return 'ended'
      }
    }
  } finally {
    stop()
    signal.removeEventListener('abort', close)
  }
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

function tellsOfEnd(event: RunEvent): boolean {
  return event.kind === 'run'
}

async function hasEnded(ctx: ServiceContext, run: string): Promise<boolean> {
  const status = await statusOf(ctx, run)
  return status === null || isEnded(status)
}

async function statusOf(ctx: ServiceContext, run: string) {
  const [row] = await ctx.db.select({ status: runs.status }).from(runs).where(eq(runs.id, run))
  return row?.status ?? null
}
