import { and, asc, gt, lte, sql } from 'drizzle-orm'
import { runEvents } from '@/drizzle/schema'
import { type Database, firstRow } from '@/lib/db/client'
import { EVENTS_CHANNEL } from '@/lib/db/events'
import { log } from '@/lib/log'
import type { RunEvent } from '../views'
import { toRunEvent } from './event-view'

const BATCH = 500
/** How long an open transaction may hold events back; one that is open longer belongs to somebody else. */
const SETTLE_MS = 2_000
/** Looked for without a notification, since one is lost when the listening connection is. */
const LOOK_AGAIN_MS = 5_000

interface Subscriber {
  readonly onEvents: (events: readonly RunEvent[]) => void
  readonly onClose: () => void
}

/**
 * Hands new events to the streams of this process: ONE listener and one query however many streams are open.
 * Events come in the order of their ids with none left out. Ids are given before commit, so an event may become
 * visible after one with a higher id; nothing is handed on before every transaction that could still add a lower
 * id has ended.
 */
export class EventsHub {
  private readonly database: Database
  private readonly subscribers = new Set<Subscriber>()
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

  /**
   * Calls back with every event from now on, and once when the hub closes.
   * @returns the id up to which events are in the database already, and the function that ends it
   */
  async subscribe(
    onEvents: Subscriber['onEvents'],
    onClose: Subscriber['onClose'],
  ): Promise<{ upTo: number; stop: () => void }> {
    this.started ??= this.start().catch((error: unknown) => {
      this.started = undefined
      throw error
    })
    await this.started
    const subscriber = { onEvents, onClose }
    this.subscribers.add(subscriber)
    if (this.closed) onClose()
    return { upTo: this.delivered, stop: () => this.subscribers.delete(subscriber) }
  }

  /** The id up to which events were handed on. */
  get position(): number {
    return this.delivered
  }

  async close(): Promise<void> {
    this.closed = true
    clearInterval(this.timer)
    for (const subscriber of this.subscribers) subscriber.onClose()
    this.subscribers.clear()
    await this.stopListening?.()
    await this.working
  }

  private async start(): Promise<void> {
    this.stopListening = await this.database.listen(EVENTS_CHANNEL, () => this.poke())
    this.delivered = await this.settled()
    this.timer = setInterval(() => this.poke(), LOOK_AGAIN_MS)
    this.timer.unref()
    this.poke()
  }

  /** Any number of notifications while a round is under way make one more round. */
  private poke(): void {
    this.wanted = true
    if (this.closed || this.working) return
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
    this.delivered = rows.length < BATCH ? upTo : (rows.at(-1)?.id ?? upTo)
    const events = rows.map(toRunEvent)
    if (events.length > 0) for (const { onEvents } of this.subscribers) onEvents(events)
  }

  /** The highest id given out, once all who were given one have committed or rolled back. */
  private async settled(): Promise<number> {
    const { db, driver } = this.database
    const given = firstRow(
      await db.execute(
        sql`select case when is_called then last_value else 0 end as id from run_events_id_seq`,
      ),
    )
    // The embedded database has one connection: nobody else's transaction is open while we read.
    if (driver === 'pglite') return Number(given?.id ?? 0)
    // A number of our own, drawn after the id was read: every transaction that could add a lower id has a lower
    // one. (The upper bound of a snapshot will not do: it is one past the last that has ENDED.)
    const own = firstRow(await db.execute(sql`select pg_current_xact_id()::text as number`))
    const fence = BigInt(String(own?.number ?? '0'))
    const begun = Date.now()
    for (;;) {
      const oldest = firstRow(
        await db.execute(sql`select pg_snapshot_xmin(pg_current_snapshot())::text as number`),
      )
      const done = BigInt(String(oldest?.number ?? '0')) >= fence
      if (done || this.closed || Date.now() - begun > SETTLE_MS) return Number(given?.id ?? 0)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}
