'use client'

import { useRouter } from 'next/navigation'
import { useEffect } from 'react'

/** Keeps a page true that no event of a run concerns: asks for it again at intervals, while somebody looks at it. */
export function RefreshEvery({ ms }: { readonly ms: number }) {
  const router = useRouter()
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden && navigator.onLine) router.refresh()
    }, ms)
    return () => clearInterval(timer)
  }, [ms, router])
  return null
}
