import { runEvents } from '@/drizzle/schema'
import { cleanDocument } from './clean'
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
    events.map(({ runId, beadId, kind, data }) => ({
      runId,
      beadId,
      kind,
      data: cleanDocument({ ...data }),
    })),
  )
}
