'use client'

import { useSyncExternalStore } from 'react'

const never = () => () => undefined

/** Whether the command key is called ⌘ here; so it is written until the page is alive. */
export function useMac(): boolean {
  return useSyncExternalStore(
    never,
    () => /mac|iphone|ipad/i.test(navigator.platform),
    () => true,
  )
}
