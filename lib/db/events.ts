import { sql } from 'drizzle-orm'
import { runEvents } from '@/drizzle/schema'
import { log } from '@/lib/log'
import { cleanDocument } from './clean'
import type { Db, Tx } from './client'

export type RunEventKind = 'run' | 'bead' | 'turn' | 'tool' | 'log' | 'gate' | 'evidence' | 'effect'

export interface RunEventInput {
  readonly runId: string
  readonly beadId: string | null
  readonly kind: RunEventKind
  readonly data: Readonly<Record<string, unknown>>
}

/** NOTIFY channel on which processes tell each other that there are new events. */
export const EVENTS_CHANNEL = 'devpilot_events'

/** Adds events of a run. */
export async function appendEvents(db: Db | Tx, events: readonly RunEventInput[]): Promise<void> {
  if (events.length === 0) return
  await db.insert(runEvents).values(
    events.map(({ runId, beadId, kind, data }) => ({
      runId,
      beadId,
      kind,
      data: cleanDocument({ ...data }),
    })),
  )
  eventsAdded()
}

/** An event as the functions of drizzle/migrations take it. */
export function eventDocument({ beadId, kind, data }: Omit<RunEventInput, 'runId'>): Record<string, unknown> {
  return { bead: beadId, kind, data: cleanDocument({ ...data }) }
}

/** Next gives instrumentation and routes different instances of this module, so the listeners hang on the process. */
const KEY = Symbol.for('devpilot.events-added')

function listeners(): Set<() => void> {
  const holder = globalThis as { [KEY]?: Set<() => void> }
  holder[KEY] ??= new Set()
  return holder[KEY]
}

/** Says that this process has added events, or is about to commit some. */
export function eventsAdded(): void {
  for (const listener of listeners()) listener()
}

/** A commit follows its last statement by less than this; a reader waits for transactions that are still open. */
const PAUSE_MS = 20

/**
 * Tells other processes of this one's events, a little after they were added: many at once are told once. Never in
 * the transaction itself: NOTIFY makes all commits of a database wait for each other, each with its own flush.
 * @returns the function that ends it
 */
export function announceEvents(db: Db): () => void {
  let timer: NodeJS.Timeout | undefined
  const tell = () => {
    timer = undefined
    db.execute(sql`select pg_notify(${EVENTS_CHANNEL}, '')`).catch((error: unknown) =>
      log('debug', 'other processes will see new events later', { error: String(error) }),
    )
  }
  const listener = () => {
    timer ??= setTimeout(tell, PAUSE_MS).unref()
  }
  listeners().add(listener)
  return () => {
    clearTimeout(timer)
    listeners().delete(listener)
  }
}
