import { runEvents } from '@/drizzle/schema'
import { redact } from '@/lib/log'
import type { Db, Tx } from './client'

export type RunEventKind = 'run' | 'bead' | 'turn' | 'tool' | 'log' | 'gate' | 'evidence' | 'effect'

export interface RunEventInput {
  readonly runId: string
  readonly beadId: string | null
  readonly kind: RunEventKind
  readonly data: Readonly<Record<string, unknown>>
}

/** Adds events of a run; a trigger tells every listener (channel `devpilot_events`, payload `<run>:<event>`). */
export async function appendEvents(db: Db | Tx, events: readonly RunEventInput[]): Promise<void> {
  if (events.length === 0) return
  await db.insert(runEvents).values(
    events.map((event) => {
      const data: Record<string, unknown> = JSON.parse(redact(JSON.stringify(event.data)))
      return { runId: event.runId, beadId: event.beadId, kind: event.kind, data }
    }),
  )
}
