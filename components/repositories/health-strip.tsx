import { runStatuses } from '@/lib/core/status'
import { type RecentRun, type RepositoryHealth, successText } from './health'

/** The last runs as a strip, the oldest first: a bar for each, whose height and colour say how it ended. */
export function HealthStrip({ health }: { readonly health: RepositoryHealth }) {
  const { recent } = health
  if (recent.length === 0) return <span className="text-xs text-faint">no runs yet</span>
  const runs = [...recent].reverse()
  const label = `${successText(health)}. The newest: ${runStatuses[recent[0]?.status ?? 'queued'].label}.`
  return (
    <svg viewBox={`0 0 ${20 * 6} 16`} role="img" aria-label={label} className="h-4 w-30 shrink-0">
      <title>{label}</title>
      {runs.map((run, index) => (
        <Bar key={run.id} run={run} x={(20 - runs.length + index) * 6} />
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

function Bar({ run, x }: { readonly run: RecentRun; readonly x: number }) {
  const { tone } = runStatuses[run.status]
  // Not by colour alone: what succeeded is full, what failed half as high, all else a stub.
  const height =
    run.status === 'succeeded' ? 14 : run.status === 'failed' || run.status === 'rejected' ? 8 : 4
  return (
    <g className={tones[tone] ?? 'tone-grey'}>
      <rect x={x} y={15 - height} width="4" height={height} rx="1" className="bar" />
    </g>
  )
}
