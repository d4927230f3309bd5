import { and, asc, desc, gt, lte } from 'drizzle-orm'
import { runEvents } from '@/drizzle/schema'
import type { Database } from '@/lib/db/client'
import { EVENTS_CHANNEL } from '@/lib/db/events'
import { log } from '@/lib/log'
import type { RunEvent } from '../views'
import { toRunEvent } from './event-view'
import { RecentEvents } from './recent-events'
import { settledEventId } from './settled-events'

const BATCH = 500
/** Looked for without a notification, since one is lost when the listening connection is. */
const LOOK_AGAIN_MS = 5_000
/** Read at the start: streams that were open before a restart go on with these. */
const REMEMBERED = 200

export interface Joining {
  /** The last event that is known already. */
  readonly after: number
  /** Events of one run; of all without it. */
  readonly run?: string | undefined
  /** Gets every batch; the arrays are shared by all who are joined. @returns false: wants no more */
  readonly onEvents: (events: readonly RunEvent[]) => boolean
  readonly onClose: () => void
}

export interface Joined {
  /** What came after `after` and before now. */
  readonly missed: readonly RunEvent[]
  readonly leave: () => void
}

/**
 * Hands new events to the streams of this process: ONE listener and one query however many streams are open.
 * Events come in the order of their ids with none left out. Ids are given before commit, so an event may become
 * visible after one with a higher id; nothing is handed on before every transaction that could still add a lower
 * id has ended. It reads as the process itself: whoever joins has been let in already.
 */
export class EventsHub {
  private readonly database: Database
  private readonly recent = new RecentEvents()
  private readonly ofAll = new Set<Joining>()
  private readonly ofRun = new Map<string, Set<Joining>>()
  private started: Promise<void> | undefined
  private stopListening: (() => Promise<void>) | undefined
  private timer: NodeJS.Timeout | undefined
  private delivered = 0
  private wanted = false
  private working: Promise<void> | undefined
  private closed = false

  constructor(database: Database) {
    this.database = database
  }

  /** Waits until it listens. */
  async ready(): Promise<void> {
    this.started ??= this.start().catch((error: unknown) => {
      this.started = undefined
      throw error
    })
    await this.started
  }

  /** The id up to which events were handed on. */
  get position(): number {
    return this.delivered
  }

  /** How many are joined. */
  get streams(): number {
    let count = this.ofAll.size
    for (const group of this.ofRun.values()) count += group.size
    return count
  }

  /**
   * Gives what came after an id, and from now on every event; null when some of those are no longer remembered:
   * read them up to `position`, then join again. Nothing can come between, for it does not wait for anything.
   */
  join(joining: Joining): Joined | null {
    const { after, run, onClose } = joining
    const missed = this.recent.since(after, run)
    if (!missed) return null
    if (this.closed) onClose()
    const group = this.groupOf(run)
    group.add(joining)
    return { missed, leave: () => this.leave(joining, group) }
  }

  /**
   * Calls back with every event from now on, and once when the hub closes.
   * @returns the id up to which events were handed on already, and the function that ends it
   */
  async subscribe(
    onEvents: (events: readonly RunEvent[]) => void,
    onClose: () => void,
  ): Promise<{ upTo: number; stop: () => void }> {
    await this.ready()
    const upTo = this.delivered
    const every = (events: readonly RunEvent[]) => {
      onEvents(events)
      return true
    }
    const joined = this.join({ after: upTo, onEvents: every, onClose })
    return { upTo, stop: () => joined?.leave() }
  }

  async close(): Promise<void> {
    this.closed = true
    clearInterval(this.timer)
    for (const { onClose } of [...this.ofAll, ...[...this.ofRun.values()].flatMap((group) => [...group])])
      onClose()
    this.ofAll.clear()
    this.ofRun.clear()
    await this.stopListening?.()
    await this.working
  }

  private groupOf(run: string | undefined): Set<Joining> {
    if (run === undefined) return this.ofAll
    const known = this.ofRun.get(run)
    if (known) return known
    const made = new Set<Joining>()
    this.ofRun.set(run, made)
    return made
  }

  private leave(joining: Joining, group: Set<Joining>): void {
    group.delete(joining)
    const { run } = joining
    if (run !== undefined && group.size === 0 && this.ofRun.get(run) === group) this.ofRun.delete(run)
  }

  private async start(): Promise<void> {
    this.stopListening = await this.database.listen(EVENTS_CHANNEL, () => this.poke())
    this.delivered = await this.settled()
    const rows = await this.database.db
      .select()
      .from(runEvents)
      .where(lte(runEvents.id, this.delivered))
      .orderBy(desc(runEvents.id))
      .limit(REMEMBERED + 1)
    // One more than is kept says where the kept ones begin.
    this.recent.startAt(rows[REMEMBERED]?.id ?? 0)
    this.recent.add(rows.slice(0, REMEMBERED).reverse().map(toRunEvent))
    this.timer = setInterval(() => this.poke(), LOOK_AGAIN_MS)
    this.timer.unref()
    this.poke()
  }

  private settled(): Promise<number> {
    return settledEventId(this.database, () => this.closed)
  }

  /** Any number of notifications while a round is under way make one more round. */
  private poke(): void {
    this.wanted = true
    // While it starts it does not know yet where to go on: `start` looks at its end.
    if (this.closed || this.working || !this.timer) return
    this.working = this.rounds()
      .then(
        () => 0,
        (error: unknown) => {
          log('warn', 'live events will be looked for again', { error: String(error) })
          this.wanted = true
          return 1_000
        },
      )
      .then((delay) => {
        this.working = undefined
        if (this.wanted && !this.closed) setTimeout(() => this.poke(), delay).unref()
      })
  }

  private async rounds(): Promise<void> {
    while (this.wanted && !this.closed) {
      // Before looking: what comes while we look makes one more round.
      this.wanted = false
      const upTo = await this.settled()
      while (this.delivered < upTo && !this.closed) await this.deliver(upTo)
    }
  }

  private async deliver(upTo: number): Promise<void> {
    const rows = await this.database.db
      .select()
      .from(runEvents)
      .where(and(gt(runEvents.id, this.delivered), lte(runEvents.id, upTo)))
      .orderBy(asc(runEvents.id))
      .limit(BATCH)
    const events = rows.map(toRunEvent)
    this.delivered = rows.length < BATCH ? upTo : (rows.at(-1)?.id ?? upTo)
    this.recent.add(events)
    if (events.length > 0) this.handOn(events)
    // The streams send this before they are given more: who cannot keep up is slow, and not merely behind us.
    await new Promise((resolve) => setImmediate(resolve))
  }

  private handOn(events: readonly RunEvent[]): void {
    for (const joining of this.ofAll) if (!joining.onEvents(events)) this.leave(joining, this.ofAll)
    if (this.ofRun.size === 0) return
    for (const [run, own] of Map.groupBy(events, ({ runId }) => runId)) {
      const group = this.ofRun.get(run)
      for (const joining of group ?? []) if (group && !joining.onEvents(own)) this.leave(joining, group)
    }
  }
}
