import { dailyStats } from '@/drizzle/schema'
import type { RunStatus } from '@/lib/core/status'
import type { Db } from '@/lib/db/client'
import { seedRun } from './seed-run'

const oldTitles = [
  'Upgrade the HTTP client and drop its shim',
  'Time zones of recurring events after a DST change',
  'Search ignores accents in names',
  'A blank page after the second login',
  'Retry webhooks with a growing pause',
  'Types of the public API leak internals',
  'Slow list of archived projects',
]
const oldEnds: readonly RunStatus[] = [
  'succeeded',
  'succeeded',
  'succeeded',
  'failed',
  'succeeded',
  'rejected',
  'cancelled',
  'aborted',
]

/** Runs that ended days ago. */
export async function seedOld(
  db: Db,
  repositoryIds: readonly string[],
  now: Date,
  count: number,
): Promise<void> {
  for (let index = count; index > 0; index--) {
    const at = new Date(now.getTime() - (5 + index * 2.7) * 3_600_000)
    const status = oldEnds[index % oldEnds.length] ?? 'succeeded'
    await seedRun(db, {
      repositoryId: repositoryIds[index % repositoryIds.length] ?? '',
      title: oldTitles[index % oldTitles.length] ?? '',
      status,
      at,
      endedAt: new Date(at.getTime() + (3 + (index % 9)) * 60_000),
      state: { step: 'end', ending: status === 'succeeded' ? 'Merged into main.' : `Ended: ${status}.` },
      costMicros: 40_000 + ((index * 73_331) % 900_000),
      trigger: index % 3 === 0 ? 'cli' : index % 5 === 0 ? 'ci_failure' : 'github_issue',
      ...(status === 'succeeded' ? { score: 68 + ((index * 7) % 30) } : {}),
    })
  }
}

/** The rollups of a fortnight. */
export async function seedDays(db: Db, repositoryId: string, now: Date): Promise<void> {
  const days = Array.from({ length: 14 }, (_, index) => {
    const merged = 2 + ((index * 5) % 6)
    return {
      day: new Date(now.getTime() - (13 - index) * 86_400_000).toISOString().slice(0, 10),
      repositoryId,
      succeeded: merged + (index % 2),
      merged,
      failed: (index * 3) % 4,
      other: index % 3,
      costMicros: 1_100_000 + ((index * 377_003) % 1_400_000),
      mergeSeconds: merged * (1_900 - index * 61),
      scoreSum: merged * (74 + index),
      scored: merged,
    }
  })
  await db.insert(dailyStats).values(days)
}
