import { z } from 'zod'
import { runStatusNames } from '@/lib/core/status'

const time = z.iso.datetime()
const recentRun = z.object({
  id: z.uuid(),
  title: z.string(),
  status: z.enum(runStatusNames),
  createdAt: time,
  endedAt: time.nullable(),
})
export type RecentRun = z.infer<typeof recentRun>

/** How a repository fares, from its last runs. */
export const repositoryHealthSchema = z.object({
  /** At most the last 20, the newest first. */
  recent: z.array(recentRun),
  /** The tests of the untouched base, as the newest of those runs found them. */
  baseline: z
    .object({
      run: z.uuid(),
      at: time,
      passed: z.int(),
      failed: z.int(),
      skipped: z.int(),
      /** Whether single tests were told apart; where not, the exit code is all that is known. */
      parsed: z.boolean(),
      exitCode: z.int().nullable(),
      /** Why they were stopped; null: they ran to their end. */
      ended: z.string().nullable(),
    })
    .nullable(),
  schedules: z.object({
    count: z.int(),
    nextAt: time.nullable(),
    /** Why one of them, or the file itself, cannot be followed. */
    problem: z.string().nullable(),
  }),
  /** What was spent today (UTC), and the most that may be; null: no limit of its own is known. */
  spentTodayMicros: z.int(),
  limitTodayMicros: z.int().nullable(),
})
export type RepositoryHealth = z.infer<typeof repositoryHealthSchema>
