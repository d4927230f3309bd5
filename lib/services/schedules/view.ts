import { z } from 'zod'
import { runStatusNames } from '@/lib/core/status'

export const scheduleViewSchema = z.object({
  id: z.uuid(),
  repository: z.object({ id: z.uuid(), name: z.string() }),
  cron: z.string(),
  timeZone: z.string(),
  flow: z.array(z.string()),
  missed: z.enum(['once', 'skip']),
  /** null: it has none, and `problem` says why. */
  nextAt: z.iso.datetime().nullable(),
  /** The time that the last run was started for. */
  lastAt: z.iso.datetime().nullable(),
  lastRun: z.object({ id: z.uuid(), status: z.enum(runStatusNames) }).nullable(),
  /** Why it cannot be followed, or why the file could not be read again since. */
  problem: z.string().nullable(),
})
export type ScheduleView = z.infer<typeof scheduleViewSchema>
