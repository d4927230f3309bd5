import { runStatuses } from '@/lib/core/status'
import { type RecentRun, type RepositoryHealth, successText } from './health'

/** The last runs as a strip, the oldest first: a bar for each, whose height and colour say how it ended. */
export function HealthStrip({ health }: { readonly health: RepositoryHealth }) {
  const { recent } = health
  if (recent.length === 0) return <span className="text-xs text-faint">no runs yet</span>
  const runs = [...recent].reverse()
  const label = `${successText(health)}. The newest: ${runStatuses[recent[0]?.status ?? 'queued'].label}.`
  const bars = runs.map((run, index) => ({ tone: toneOf(run), d: bar(run, (20 - runs.length + index) * 6) }))
  return (
    <svg viewBox={`0 0 ${20 * 6} 16`} role="img" aria-label={label} className="h-4 w-20 shrink-0 lg:w-30">
      <title>{label}</title>
      {/* One path a colour: a page has fifty strips. */}
      {[...Map.groupBy(bars, ({ tone }) => tone)].map(([tone, same]) => (
        <path key={tone} className={`${tone} bar`} d={same.map(({ d }) => d).join('')} />
      ))}
    </svg>
  )
}

const tones: Readonly<Record<string, string>> = {
  green: 'tone-green',
  red: 'tone-red',
  'red-outline': 'tone-red',
  amber: 'tone-amber',
  blue: 'tone-blue',
  violet: 'tone-violet',
  orange: 'tone-orange',
  grey: 'tone-grey',
}

const toneOf = (run: RecentRun): string => tones[runStatuses[run.status].tone] ?? 'tone-grey'

/** Not by colour alone: what succeeded is full, what failed half as high, all else a stub. */
function bar(run: RecentRun, x: number): string {
  const height =
    run.status === 'succeeded' ? 14 : run.status === 'failed' || run.status === 'rejected' ? 8 : 4
  return `M${x} ${15 - height}h4v${height}h-4z`
}
