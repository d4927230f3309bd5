import type { RunEvent } from '../views'
import { eventJson } from './event-json'

/** A stream that was away for a moment is served from these, not from the database. */
const EVENTS = 2_000
const SIZE = 2_000_000

/** The last events that were handed on, in the order of their ids and with none left out. */
export class RecentEvents {
  private events: RunEvent[] = []
  private size = 0
  /** Everything after this id and up to the newest is here. */
  private from = 0

  /** Forgets all; `from` is where it goes on. */
  startAt(from: number): void {
    this.events = []
    this.size = 0
    this.from = from
  }

  add(events: readonly RunEvent[]): void {
    for (const event of events) {
      this.events.push(event)
      this.size += eventJson(event).length
    }
    let gone = 0
    while (this.events.length - gone > EVENTS || (this.size > SIZE && gone < this.events.length)) {
      const event = this.events[gone]
      if (!event) break
      this.size -= eventJson(event).length
      this.from = event.id
      gone += 1
    }
    this.events = gone > 0 ? this.events.slice(gone) : this.events
  }

  /** Those after an id, of one run or of all; null when some of them are no longer here. */
  since(after: number, run?: string): readonly RunEvent[] | null {
    if (after < this.from) return null
    return this.events.filter((event) => event.id > after && (run === undefined || event.runId === run))
  }
}
