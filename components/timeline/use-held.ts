'use client'

import { useState } from 'react'

interface Item {
  readonly id: string
}

interface Held<T> {
  readonly shown: readonly T[]
  /** So many came since; they are shown when somebody asks for them. */
  readonly fresh: number
  readonly show: () => void
}

/**
 * A list, the newest first, that does not jump when it is made anew: what came on top waits until it is asked for,
 * and what it pushed off the end stays. The rows that are shown tell what they are now.
 */
export function useHeld<T extends Item>(items: readonly T[], timeOf: (item: T) => string): Held<T> {
  const [kept, setKept] = useState(items)
  const top = kept[0]
  const later = (item: T): boolean => {
    if (!top) return false
    const [mine, its] = [timeOf(item), timeOf(top)]
    return mine > its || (mine === its && item.id > top.id)
  }
  const fresh = items.filter(later)
  const current = items.filter((item) => !later(item))
  const last = current.at(-1)
  // Older than all that were given: pushed off the page, and as true as before.
  const pushed = fresh.length > 0 && last ? kept.filter((item) => timeOf(item) < timeOf(last)) : []
  const shown = [...current, ...pushed]
  return { shown, fresh: fresh.length, show: () => setKept(items) }
}
