import type { RunSummary } from '@/lib/services/views'
import type { Io } from './io'
import { runMark } from './marks'
import { shortId } from './resolve'
import { ago, money, short, table } from './text'

/** Runs, one a line. */
export function runTable(runs: readonly RunSummary[], io: Io): string {
  const room = Math.max(20, io.columns - 70)
  return table(
    runs.map((run) => {
      const { icon, word, tone } = runMark(run.status)
      return [
        `  ${shortId(run.id)}`,
        io.paint(tone, `${icon} ${word}`),
        short(run.title, room),
        short(run.repository?.name ?? '-', 24),
        money(run.costMicros),
        ago(run.createdAt),
      ]
    }),
  )
}
