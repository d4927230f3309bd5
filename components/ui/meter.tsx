import { clsx } from 'clsx'

interface MeterProps {
  /** 0 to 1. */
  readonly share: number
  readonly label: string
  readonly tone?: string
}

/** A thin bar for a share of something. */
export function Meter({ share, label, tone = 'tone-grey' }: MeterProps) {
  const percent = Math.max(0, Math.min(1, share)) * 100
  return (
    <svg className={clsx('h-1 w-full rounded-full', tone)} role="img" aria-label={label}>
      <rect width="100%" height="100%" rx="2" fill="var(--line)" />
      <rect width={`${percent.toFixed(1)}%`} height="100%" rx="2" className="bar" />
    </svg>
  )
}
