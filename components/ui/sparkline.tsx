interface SparklineProps {
  readonly values: readonly (number | null)[]
  readonly label: string
}

const width = 120
const height = 28

/** A line of small values, null where there is none; drawn as SVG so that a strict style policy leaves it alone. */
export function Sparkline({ values, label }: SparklineProps) {
  const known = values.filter((value) => value !== null)
  if (known.length < 2) return <div className="h-7 text-xs text-faint">Not enough days yet</div>
  const top = Math.max(...known)
  const bottom = Math.min(0, ...known)
  const x = (index: number): number => 2 + (index / (values.length - 1)) * (width - 8)
  const y = (value: number): number => height - 3 - ((value - bottom) / (top - bottom || 1)) * (height - 6)
  const points = values.flatMap((value, index) => (value === null ? [] : [{ x: x(index), y: y(value) }]))
  const last = points.at(-1)
  const line = points.map((point) => `${point.x.toFixed(1)},${point.y.toFixed(1)}`).join(' ')
  return (
    <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label} className="h-7 w-30 text-accent">
      <title>{label}</title>
      <line x1="0" x2={width} y1={height - 2.5} y2={height - 2.5} stroke="var(--line)" />
      <polyline points={line} fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" />
      {last && <circle cx={last.x} cy={last.y} r="2.5" fill="currentColor" />}
    </svg>
  )
}
