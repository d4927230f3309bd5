'use client'

import { usePathname, useRouter, useSearchParams } from 'next/navigation'
import { useOptimistic, useTransition } from 'react'
import { href } from './params'

/** Parts of a query; empty or null: not there. */
type Texts = Readonly<Record<string, string | null | undefined>>

export interface Address<T extends Texts> {
  /** What was asked for last, before its answer is there. */
  readonly wanted: T
  /** The answer is under way. */
  readonly pending: boolean
  /** `replace`: while somebody types, so that back leads to what was there before it. */
  readonly set: (change: Partial<T>, how?: 'push' | 'replace') => void
}

/**
 * The filters of a list are its address: what is seen can be sent to somebody, and back leads to what was seen before.
 * A change begins at the list's first page, and adds to changes whose answers are under way.
 * @param values what the page shows, which may be less than its address says
 * @param places where in the lists the address is
 */
export function useAddress<T extends Texts>(values: T, places: readonly string[] = []): Address<T> {
  const router = useRouter()
  const path = usePathname()
  const search = useSearchParams()
  const [pending, start] = useTransition()
  const [changed, change] = useOptimistic<Partial<T>>({})
  const set: Address<T>['set'] = (more, how = 'push') =>
    start(() => {
      const all = { ...changed, ...more }
      const query: Record<string, string | null> = Object.fromEntries(search)
      for (const name of places) query[name] = null
      for (const [name, value] of Object.entries(all)) query[name] = value ?? null
      change(all)
      router[how](href(path, query), { scroll: false })
    })
  return { wanted: { ...values, ...changed }, pending, set }
}
