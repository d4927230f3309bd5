'use client'

import { useRouter } from 'next/navigation'
import { useEffect, useState } from 'react'
import { absolute, duration } from '@/components/format'
import { useZone } from '@/components/ui/times'

interface CountdownProps {
  readonly to: string
  readonly now: number
}

/** The time that is left, by the second in the last hour. When it is over the page is asked for what came of it. */
export function Countdown({ to, now }: CountdownProps) {
  const router = useRouter()
  const zone = useZone()
  const [current, setCurrent] = useState(now)
  const left = Date.parse(to) - current
  const over = left <= 0
  const near = left < 3_600_000
  useEffect(() => {
    setCurrent(Date.now())
    const timer = setInterval(() => setCurrent(Date.now()), near ? 1_000 : 30_000)
    return () => clearInterval(timer)
  }, [near])
  useEffect(() => {
    if (!over) return
    // The engine acts on it a little later; what it did comes as an event, unless the stream is away.
    const timers = [1_000, 5_000, 15_000].map((wait) => setTimeout(() => router.refresh(), wait))
    return () => timers.forEach(clearTimeout)
  }, [over, router])
  return (
    <time
      dateTime={to}
      title={absolute(Date.parse(to), zone)}
      className={over || near ? 'tone-red font-medium' : ''}
    >
      {over ? (
        'The time is over'
      ) : (
        <span className="tabular-nums">{duration(near ? left : left - (left % 60_000))}</span>
      )}
      {!over && ' left'}
    </time>
  )
}
