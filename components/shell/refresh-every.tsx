'use client'

import { useRouter } from 'next/navigation'
import { useEffect } from 'react'
import { liveStore } from './live-store'

/**
 * Keeps a page true whose changes no event tells of: asks for it again at intervals, while somebody looks at it and the
 * server is there (Next loads the whole page anew when a refresh fails).
 */
export function RefreshEvery({ ms }: { readonly ms: number }) {
  const router = useRouter()
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden && liveStore.state() === 'live') router.refresh()
    }, ms)
    return () => clearInterval(timer)
  }, [ms, router])
  return null
}
