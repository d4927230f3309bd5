import { setTimeout as sleep } from 'node:timers/promises'
import { type RunEvent, runEventSchema } from '@/lib/services/views'
import { problem, unreachable } from './http-api'

const IDLE_MS = 2_000
const RETRY_MS = 1_000
/** A server that is down for longer is not coming back soon: the run goes on there when it does. */
const MAX_FAILURES = 30

/**
 * Server-sent events of a run, taken up again after the last one when the connection breaks. Yields an empty batch
 * when nothing came for two seconds, so that a follower can look at the run itself.
 * @throws AppError of the server's answer, or when it stays away
 */
export async function* readEvents(
  url: string,
  headers: Readonly<Record<string, string>>,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<readonly RunEvent[]> {
  let last = after
  let failures = 0
  while (!signal.aborted) {
    try {
      for await (const batch of connection(url, headers, last, signal)) {
        failures = 0
        last = batch.at(-1)?.id ?? last
        yield batch
      }
    } catch (error) {
      if (signal.aborted) return
      failures += 1
      if (!isBroken(error) || failures >= MAX_FAILURES)
        throw isBroken(error) ? unreachable(url, error) : error
    }
    yield []
    await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined)
  }
}

/** `fetch` reports a broken connection as a TypeError. */
function isBroken(error: unknown): boolean {
  return error instanceof TypeError
}

async function* connection(
  url: string,
  headers: Readonly<Record<string, string>>,
  last: number,
  signal: AbortSignal,
): AsyncGenerator<readonly RunEvent[]> {
  const resume = last > 0 ? { 'last-event-id': String(last) } : {}
  const response = await fetch(url, {
    headers: { ...headers, ...resume, accept: 'text/event-stream' },
    signal,
  })
  if (!response.ok || !response.body) throw problem(response.status, await response.text(), url)
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  let pending = reader.read()
  try {
    for (;;) {
      const idle = new AbortController()
      const next = await Promise.race([
        pending,
        sleep(IDLE_MS, null, { signal: idle.signal }).catch(() => null),
      ])
      idle.abort()
      if (next === null) {
        yield []
        continue
      }
      if (next.done) return
      pending = reader.read()
      const blocks = (rest + next.value).split(/\r?\n\r?\n/)
      rest = blocks.pop() ?? ''
      const events = blocks.flatMap(eventOf)
      if (events.length > 0) yield events
    }
  } finally {
    pending.catch(() => undefined)
    await reader.cancel().catch(() => undefined)
  }
}

function eventOf(block: string): RunEvent[] {
  const data = block
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(5).trimStart())
    .join('\n')
  if (data === '') return []
  const parsed = runEventSchema.safeParse(JSON.parse(data))
  return parsed.success ? [parsed.data] : []
}
