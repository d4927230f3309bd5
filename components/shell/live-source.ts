import { runEventKinds } from '@/lib/core/names'
/** What a page is told of an event: enough to know whether it shows something else now. */
export interface LiveEvent {
  readonly id: number
  readonly kind: string
  readonly runId: string
}

export type LiveState = 'connecting' | 'live' | 'lost' | 'offline' | 'paused'

/** The part of EventSource that is used. */
export interface Connection {
  addEventListener(name: string, listener: (message: { data: string; lastEventId: string }) => void): void
  onerror: ((event: never) => void) | null
  close(): void
}

/** The browser, or a test's stand-in. */
export interface Surroundings {
  readonly connect: (url: string) => Connection
  /** Calls later. @returns the function that prevents it */
  readonly later: (run: () => void, ms: number) => () => void
  readonly online: () => boolean
}

export interface LiveListener {
  readonly onEvent: (event: LiveEvent) => void
  /** Something may have happened that was not told. */
  readonly onMissed: () => void
  readonly onState: (state: LiveState) => void
  /** So many times in a row there was no stream. */
  readonly onFailure: (times: number) => void
}

/** What pages wait for: lines of a log are told to the log alone. */
const liveKinds = runEventKinds.filter((kind) => kind !== 'log')

/** The server says every 15 s that it is there: a stream that is silent for longer is dead without knowing it. */
const SILENCE_MS = 40_000
const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 15_000

/**
 * One stream of what happens, gone on with wherever it broke off: it names the last event it has, so that none is
 * left out, and hands none on twice. The browser's own reconnection is not used: it never tries again what was
 * refused, and does not notice that a laptop slept.
 */
export class LiveSource {
  private readonly url: string
  private readonly around: Surroundings
  private readonly listener: LiveListener
  private connection: Connection | null = null
  private last: number | null = null
  private failures = 0
  private running = false
  private cancelRetry: () => void = () => undefined
  private cancelWatch: () => void = () => undefined

  constructor(url: string, around: Surroundings, listener: LiveListener) {
    this.url = url
    this.around = around
    this.listener = listener
  }

  /** Begins, or goes on after `pause`; at once, whatever it was waiting for. */
  resume(): void {
    this.running = true
    this.cancelRetry()
    if (!this.around.online()) {
      this.drop()
      this.listener.onState('offline')
      return
    }
    if (!this.connection) this.connect()
  }

  /** Lets the connection go; `resume` goes on from the same place. */
  pause(): void {
    this.running = false
    this.cancelRetry()
    this.drop()
    this.listener.onState('paused')
  }

  /** For good. */
  stop(): void {
    this.running = false
    this.cancelRetry()
    this.drop()
  }

  private connect(): void {
    this.drop()
    this.listener.onState(this.failures === 0 ? 'connecting' : 'lost')
    const made = this.around.connect(this.last === null ? this.url : withAfter(this.url, this.last))
    this.connection = made
    this.watch(made)
    made.addEventListener('hello', ({ data, lastEventId }) => {
      if (!this.hears(made)) return
      this.failures = 0
      const begins = Number(lastEventId)
      // A place before ours is of another database, or of one that was put back: ours means nothing there.
      if (saysMissed(data) || (this.last !== null && begins < this.last)) {
        this.last = begins
        this.listener.onMissed()
      } else this.last = Math.max(this.last ?? 0, begins)
      this.listener.onState('live')
    })
    made.addEventListener('beat', ({ lastEventId }) => {
      if (this.hears(made)) this.advance(Number(lastEventId))
    })
    for (const kind of liveKinds)
      made.addEventListener(kind, ({ data, lastEventId }) => {
        if (!this.hears(made) || !this.advance(Number(lastEventId))) return
        const event = eventOf(data)
        if (event) this.listener.onEvent(event)
      })
    made.onerror = () => {
      if (this.connection === made) this.failed()
    }
  }

  /** Whether this is the stream that counts; it is alive, then. */
  private hears(connection: Connection): boolean {
    if (this.connection !== connection) return false
    this.watch(connection)
    return true
  }

  /** @returns false for what was known already */
  private advance(id: number): boolean {
    if (!(id > (this.last ?? 0))) return false
    this.last = id
    return true
  }

  private watch(connection: Connection): void {
    this.cancelWatch()
    this.cancelWatch = this.around.later(() => {
      if (this.connection === connection) this.failed()
    }, SILENCE_MS)
  }

  private failed(): void {
    this.drop()
    if (!this.running) return
    this.failures += 1
    const offline = !this.around.online()
    this.listener.onState(offline ? 'offline' : 'lost')
    this.listener.onFailure(this.failures)
    // The browser says when it is online again.
    if (offline) return
    const wait = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.failures - 1))
    this.cancelRetry = this.around.later(() => this.connect(), wait)
  }

  private drop(): void {
    this.cancelWatch()
    const connection = this.connection
    this.connection = null
    connection?.close()
  }
}

function withAfter(url: string, after: number): string {
  return `${url}${url.includes('?') ? '&' : '?'}after=${after}`
}

function saysMissed(data: string): boolean {
  const told = parsed(data)
  return told?.missed !== false
}

function eventOf(data: string): LiveEvent | null {
  const told = parsed(data)
  if (!told) return null
  const { id, kind, runId } = told
  return typeof id === 'number' && typeof kind === 'string' && typeof runId === 'string'
    ? { id, kind, runId }
    : null
}

function parsed(data: string): Readonly<Record<string, unknown>> | null {
  const value: unknown = JSON.parse(data)
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
}
