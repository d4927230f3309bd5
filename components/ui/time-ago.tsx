'use client'

import { absolute, duration, relative, stamp } from '@/components/format'
import { useNow } from './clock'
import { useTimes } from './times'

interface TimeAgoProps {
  /** ISO 8601. */
  readonly at: string
  /** What the server took the time to be, in ms, so that both draw the same. */
  readonly now: number
}

/** When: `4 min ago`, or the time itself where the reader chose that; the whole of it on hover. */
export function TimeAgo({ at, now }: TimeAgoProps) {
  const current = useNow(now, 15_000)
  const { mode, zone } = useTimes()
  const time = Date.parse(at)
  const shown =
    mode === 'relative' ? relative(time, current) : stamp(time, mode === 'utc' ? 'UTC' : zone, current)
  const whole = absolute(time, mode === 'utc' ? 'UTC' : zone)
  return (
    <time
      dateTime={at}
      title={mode === 'relative' ? whole : `${whole}, ${relative(time, current)}`}
      className={mode === 'relative' ? 'whitespace-nowrap' : 'num whitespace-nowrap'}
    >
      {shown}
    </time>
  )
}

/** How long it took, or has taken so far. */
export function Elapsed(props: { readonly from: string; readonly to: string | null; readonly now: number }) {
  const current = useNow(props.now, 1_000)
  const end = props.to === null ? current : Date.parse(props.to)
  return <span className="num whitespace-nowrap">{duration(end - Date.parse(props.from))}</span>
}
