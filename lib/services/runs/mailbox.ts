import type { RunEvent } from '../views'

/**
 * Events on their way to one stream. A reader that is too slow loses none: the box then only remembers that some
 * came, and the reader gets them from the database.
 */
export class Mailbox {
  private readonly limit: number
  private events: RunEvent[] = []
  private overflown = false
  private closed = false
  private wake: (() => void) | undefined

  constructor(limit: number) {
    this.limit = limit
  }

  put(events: readonly RunEvent[]): void {
    if (this.events.length + events.length > this.limit) {
      this.events = []
      this.overflown = true
    }
    if (!this.overflown) this.events.push(...events)
    this.wake?.()
  }

  close(): void {
    this.closed = true
    this.wake?.()
  }

  /** What came since the last time, as soon as there is something; null once the box is closed. */
  async take(): Promise<{ events: readonly RunEvent[]; overflown: boolean } | null> {
    while (!this.closed && !this.overflown && this.events.length === 0) {
      await new Promise<void>((resolve) => {
        this.wake = resolve
      })
    }
    if (this.closed) return null
    const taken = { events: this.events, overflown: this.overflown }
    this.events = []
    this.overflown = false
    return taken
  }
}
