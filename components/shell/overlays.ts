'use client'

import { usePathname } from 'next/navigation'
import { useCallback, useEffect, useRef, useState } from 'react'

/** What can be opened from every page. */
export type Overlay = 'palette' | 'help' | 'menu'

const mark = 'devpilotOverlay'

function marked(): boolean {
  const state: unknown = window.history.state
  return typeof state === 'object' && state !== null && mark in state
}

function stepBack(stepping: { current: boolean }): void {
  if (stepping.current) return
  stepping.current = true
  window.history.back()
}

/**
 * What lies over the page, in the browser's history: back closes it and the page stays. What is gone to from there
 * takes the entry's place (`router.replace`).
 */
export function useOverlay() {
  const [opened, setOpened] = useState<Overlay | null>(null)
  /** A step back takes a moment; Escape may be heard twice meanwhile. */
  const stepping = useRef(false)
  const path = usePathname()
  useEffect(() => {
    const onBack = () => {
      stepping.current = false
      setOpened(null)
    }
    window.addEventListener('popstate', onBack)
    return () => window.removeEventListener('popstate', onBack)
  }, [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page has nothing over it
  useEffect(() => setOpened(null), [path])
  const open = useCallback((what: Overlay) => {
    if (!marked()) window.history.pushState({ [mark]: true }, '', window.location.href)
    setOpened(what)
  }, [])
  const close = useCallback(() => {
    if (marked()) stepBack(stepping)
    setOpened(null)
  }, [])
  /** Closed without a step back: something else takes the entry's place. */
  const leave = useCallback(() => setOpened(null), [])
  return { opened, open, close, leave }
}
