'use client'

import { useRouter } from 'next/navigation'

/**
 * Puts the bead that is shown into the address, where it is not: an address without one shows whatever the run stands
 * at, which is another bead a moment later.
 */
export function usePinnedBead(seq: number): () => void {
  const router = useRouter()
  return () => {
    const { pathname, searchParams, hash } = new URL(window.location.href)
    if (searchParams.get('bead')) return
    searchParams.set('bead', String(seq))
    router.replace(`${pathname}?${searchParams}${hash}`, { scroll: false })
  }
}
