import { unparsedWords } from '@/lib/core/evidence-words'
import type { RecentRun, RepositoryHealth } from '@/lib/services/repositories/health-view'

export type { RecentRun, RepositoryHealth } from '@/lib/services/repositories/health-view'

const ended = (run: RecentRun) => run.endedAt !== null

/** `14 of the last 18 succeeded`. */
export function successText({ recent }: RepositoryHealth): string {
  const over = recent.filter(ended)
  if (over.length === 0) return 'none has ended yet'
  return `${over.filter((run) => run.status === 'succeeded').length} of the last ${over.length} succeeded`
}

/** The tests of the untouched base in a word; null: nobody looked yet. */
export function baselineText({
  baseline,
}: RepositoryHealth): { readonly text: string; readonly good: boolean } | null {
  if (baseline === null) return null
  if (baseline.ended !== null) return { text: `stopped: ${baseline.ended}`, good: false }
  if (!baseline.parsed) return { text: unparsedWords(baseline), good: baseline.exitCode === 0 }
  const total = baseline.passed + baseline.failed
  if (total === 0) return { text: 'no tests', good: false }
  if (baseline.failed > 0) return { text: `${baseline.failed} of ${total} fail`, good: false }
  return { text: `${total} pass`, good: true }
}
