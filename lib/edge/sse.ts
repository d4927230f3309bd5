import { log } from '@/lib/log'
import type { EventStream } from '@/lib/services/runs/follow'
import type { RunEvent } from '@/lib/services/views'

const HEARTBEAT_MS = 15_000
/** What a browser waits before it connects again. */
const RETRY_MS = 2_000

/**
 * Events as a `text/event-stream`: `id`, `event` (the kind) and `data` (the event as JSON), a comment every 15 s,
 * and `event: end` after an ended run's last one: a client then
 * closes and does not connect again.
 * @param stop aborts the source of the events when the client has gone
 */
export function sseResponse(events: EventStream, stop: AbortController): Response {
  const encoder = new TextEncoder()
  let beat: NodeJS.Timeout | undefined
  let cancelled = false
  const finish = (): void => {
    clearInterval(beat)
    stop.abort()
  }
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(`retry: ${RETRY_MS}\n\n`))
      beat = setInterval(() => controller.enqueue(encoder.encode(': here\n\n')), HEARTBEAT_MS)
      beat.unref()
    },
    // Asked for more only when the client has read what it was sent.
    async pull(controller) {
      try {
        const next = await events.next()
        if (cancelled) return
        if (!next.done) return controller.enqueue(encoder.encode(next.value.map(eventText).join('')))
        if (next.value === 'ended') controller.enqueue(encoder.encode('event: end\ndata: {}\n\n'))
      } catch (error) {
        // The client connects again and goes on after the last event that it has.
        log('warn', 'a live stream broke off', { error: String(error) })
      }
      finish()
      controller.close()
    },
    cancel() {
      cancelled = true
      finish()
    },
  })
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    },
  })
}

function eventText(event: RunEvent): string {
  return `id: ${event.id}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`
}

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
