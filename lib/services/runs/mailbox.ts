import type { RunEvent } from '../views'
import { eventJson } from './event-json'

/** Why no more will come: the run is over; the reader or the server has gone; the reader is too slow. */
export type StreamEnd = 'ended' | 'closed' | 'slow'

export interface MailboxLimits {
  readonly events: number
  /** Of the events' JSON, in characters. */
  readonly size: number
}

/**
 * Events on their way to one stream. One that its reader does not empty is closed and forgotten: the reader comes
 * again and gets what it missed from the database, by the last id that it has.
 */
export class Mailbox {
  private readonly limits: MailboxLimits
  private batches: (readonly RunEvent[])[] = []
  private events = 0
  private size = 0
  private wake: (() => void) | undefined
  private end: StreamEnd | null = null

  constructor(limits: MailboxLimits) {
    this.limits = limits
  }

  /** @returns false once the box is closed: it wants no more */
  put(events: readonly RunEvent[]): boolean {
    if (this.end !== null) return false
    const unread = this.batches.length > 0
    this.events += events.length
    for (const event of events) this.size += eventJson(event).length
    // A batch that is large by itself is nobody's fault.
    if (unread && (this.events > this.limits.events || this.size > this.limits.size)) {
      this.close('slow')
      return false
    }
    this.batches.push(events)
    this.wake?.()
    return true
  }

  /** The first reason holds. What lies in the box is forgotten. */
  close(why: StreamEnd): void {
    this.end ??= why
    this.batches = []
    this.wake?.()
  }

  /** The next batch as soon as there is one, the very array that was put in; or why there is none. */
  async take(): Promise<readonly RunEvent[] | StreamEnd> {
    for (;;) {
      if (this.end !== null) return this.end
      const batch = this.batches.shift()
      if (batch) {
        this.events -= batch.length
        for (const event of batch) this.size -= eventJson(event).length
        return batch
      }
      await new Promise<void>((resolve) => {
        this.wake = resolve
      })
    }
  }
}
