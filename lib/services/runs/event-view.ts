import type { runEvents } from '@/drizzle/schema'
import { type RunEvent, runEventSchema } from '../views'

export function toRunEvent(row: typeof runEvents.$inferSelect): RunEvent {
  const { id, runId, beadId, at, kind, data } = row
  return { id, runId, beadId, at: at.toISOString(), kind: runEventSchema.shape.kind.parse(kind), data }
}
