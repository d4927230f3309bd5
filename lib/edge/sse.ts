import { toAppError } from '@/lib/errors'
import { log } from '@/lib/log'
import type { Runtime } from '@/lib/runtime'
import { eventJson } from '@/lib/services/runs/event-json'
import type { EventStream } from '@/lib/services/runs/follow'
import type { Watched } from '@/lib/services/runs/watch'
import type { RunEvent } from '@/lib/services/views'
import { authenticate } from './authenticate'

const HEARTBEAT_MS = 15_000
/** Beats that a client may let lie: then it is as good as gone. */
const MAX_UNREAD_BEATS = 4
/** What a browser waits before it connects again. */
const RETRY_MS = 2_000
/** A stream ends after so long and its client connects again: to a newer server, with what it may now. */
const LIFETIME_MS = 10 * 60_000
/** How often a stream is asked whether its key or session still opens it. */
const ADMITTED_MS = 60_000

interface Stream {
  readonly events: EventStream
  /** Sent before the first event. */
  readonly head: string
  /** The text of a batch; asked for once, however many streams are given the same one. */
  readonly encode: (events: readonly RunEvent[]) => Uint8Array
}

/**
 * Events as a `text/event-stream`: `id`, `event` (the kind) and `data` (the event as JSON), `event: beat` every
 * 15 s, and `event: end` after an ended run's last one: a client then closes and does not connect again. Whatever
 * else ends a stream, the client connects again and goes on by Last-Event-ID.
 * @param stop aborts the source of the events when the client has gone
 */
export function sseResponse(events: EventStream, stop: AbortController): Response {
  return respond({ events, head: '', encode: fullText }, stop)
}

/**
 * As `sseResponse`, for pages: `event: hello` first, whose data says whether anything was `missed`; then of each
 * batch the last event of a kind and run, without what it is about; no lines of logs.
 */
export function signalsResponse({ position, missed, events }: Watched, stop: AbortController): Response {
  const head = `id: ${position}\nevent: hello\ndata: ${JSON.stringify({ missed })}\n\n`
  return respond({ events, head, encode: briefText }, stop)
}

function respond({ events, head, encode }: Stream, stop: AbortController): Response {
  let beat: NodeJS.Timeout | undefined
  let end: NodeJS.Timeout | undefined
  let unread = 0
  let over = false
  const finish = (): void => {
    over = true
    clearInterval(beat)
    clearTimeout(end)
    stop.abort()
  }
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes(`retry: ${RETRY_MS}\n\n${head}`))
      beat = setInterval(() => {
        // A client that has not taken what it was sent gets nothing on top of it.
        unread = (controller.desiredSize ?? 0) > 0 ? 0 : unread + 1
        if (unread === 0) return controller.enqueue(BEAT)
        if (unread < MAX_UNREAD_BEATS) return
        finish()
        controller.error(new DOMException('The client does not read.', 'AbortError'))
      }, HEARTBEAT_MS)
      beat.unref()
      end = setTimeout(() => stop.abort(), LIFETIME_MS * (1 + Math.random() / 5))
      end.unref()
    },
    // Asked for more only when the client has read what it was sent.
    async pull(controller) {
      try {
        const next = await events.next()
        if (over) return
        if (!next.done) return controller.enqueue(encode(next.value))
        if (next.value === 'ended') controller.enqueue(bytes('event: end\ndata: {}\n\n'))
      } catch (error) {
        if (over) return
        // The client connects again and goes on after the last event that it has.
        log('warn', 'a live stream broke off', { error: String(error) })
      }
      finish()
      controller.close()
    },
    cancel: finish,
  })
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    },
  })
}

const encoder = new TextEncoder()
const bytes = (text: string): Uint8Array => encoder.encode(text)
const BEAT = bytes('event: beat\ndata: {}\n\n')

/** Streams that are given the same batch send the same bytes. */
function onceABatch(write: (events: readonly RunEvent[]) => string) {
  const written = new WeakMap<readonly RunEvent[], Uint8Array>()
  return (events: readonly RunEvent[]): Uint8Array => {
    const known = written.get(events)
    if (known) return known
    const made = bytes(write(events))
    written.set(events, made)
    return made
  }
}

const fullText = onceABatch((events) =>
  events.map((event) => `id: ${event.id}\nevent: ${event.kind}\ndata: ${eventJson(event)}\n\n`).join(''),
)

const briefText = onceABatch((events) => {
  const told = new Map<string, RunEvent>()
  for (const event of events) {
    if (event.kind === 'log') continue
    const key = `${event.kind} ${event.runId}`
    // In the order of ids: the last of a kind stands where it came.
    told.delete(key)
    told.set(key, event)
  }
  const last = events.at(-1)?.id
  const texts = [...told.values()].map(
    ({ id, kind, runId }) => `id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify({ id, kind, runId })}\n\n`,
  )
  // A batch whose last event is not told still moves the place where a client goes on.
  return `${texts.join('')}id: ${last}\nevent: beat\ndata: {}\n\n`
})

/** The id of the last event that the client has: `Last-Event-ID` of a reconnection, else `?after`. */
export function lastEventId(headers: Headers, after: number | undefined): { after?: number } {
  const sent = headers.get('last-event-id')
  if (sent !== null && /^\d{1,15}$/.test(sent)) return { after: Number(sent) }
  return after === undefined ? {} : { after }
}

/** Aborted when the client goes, and by us when the stream ends. */
export function stopper(request: AbortSignal): AbortController {
  const stop = new AbortController()
  if (request.aborted) stop.abort()
  else request.addEventListener('abort', () => stop.abort(), { once: true })
  return stop
}

/**
 * Aborts a stream that has begun once the key or session of its request opens nothing any more.
 * @param everyMs how often it is looked
 */
export function whileAdmitted(
  stop: AbortController,
  request: Request,
  runtime: Runtime,
  everyMs = ADMITTED_MS,
): void {
  if (stop.signal.aborted) return
  const look = setInterval(async () => {
    const code = await authenticate(request, runtime).then(
      () => null,
      (error: unknown) => toAppError(error).code,
    )
    // The client connects again and is told. A database that is away ends nobody's session.
    if (code === 'unauthorized' || code === 'forbidden') stop.abort()
  }, everyMs)
  look.unref()
  stop.signal.addEventListener('abort', () => clearInterval(look), { once: true })
}
