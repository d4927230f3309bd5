'use client'

import { clsx } from 'clsx'
import { CircleCheck, WifiOff } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useLiveState } from './live'

/** A connection that is taken up again before anybody could have noticed is not told of. */
const noticeMs = 2_500
const backMs = 4_000

const words = {
  lost: {
    text: 'Not live',
    why: 'The connection to DevPilot was lost. It is tried again by itself; this shows what was before.',
  },
  offline: { text: 'Offline', why: 'This device is offline. The page goes on by itself when it is back.' },
} as const

/** Says that what is shown may be old, and when it is live again; nothing while all is well. */
export function LiveSign() {
  const state = useLiveState()
  const [shown, setShown] = useState<'lost' | 'offline' | 'back' | null>(null)
  useEffect(() => {
    if (state === 'lost' || state === 'offline') {
      const timer = setTimeout(() => setShown(state), noticeMs)
      return () => clearTimeout(timer)
    }
    if (state !== 'live') return
    setShown((before) => (before === null ? null : 'back'))
    const timer = setTimeout(() => setShown(null), backMs)
    return () => clearTimeout(timer)
  }, [state])
  const away = shown === 'lost' || shown === 'offline' ? words[shown] : null
  const Icon = away ? WifiOff : CircleCheck
  return (
    <p role="status" aria-label="Live updates" className="shrink-0 print:hidden">
      {shown && (
        <span
          title={away?.why}
          className={clsx(
            'tint appear inline-flex h-6 items-center gap-1.5 rounded-full px-2 text-xs font-medium whitespace-nowrap',
            away ? 'tone-amber' : 'tone-green',
          )}
        >
          <Icon aria-hidden className="size-3.5" />
          {away ? away.text : 'Live again'}
        </span>
      )}
    </p>
  )
}
