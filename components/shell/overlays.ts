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

/**
 * What lies over the page, in the browser's history: back closes it and the page stays. What is gone to from there
 * takes the entry's place (`router.replace`).
 */
export function useOverlay() {
  const [opened, setOpened] = useState<Overlay | null>(null)
  /** A step back takes a moment; Escape may be heard twice meanwhile, and what is asked for has to wait. */
  const stepping = useRef(false)
  const next = useRef<Overlay | null>(null)
  const path = usePathname()
  const open = useCallback((what: Overlay) => {
    if (stepping.current) {
      next.current = what
      return
    }
    if (!marked()) window.history.pushState({ [mark]: true }, '', window.location.href)
    setOpened(what)
  }, [])
  const close = useCallback(() => {
    next.current = null
    setOpened(null)
    if (!marked() || stepping.current) return
    stepping.current = true
    window.history.back()
  }, [])
  useEffect(() => {
    const onBack = () => {
      stepping.current = false
      setOpened(null)
      if (next.current) open(next.current)
      next.current = null
    }
    window.addEventListener('popstate', onBack)
    return () => window.removeEventListener('popstate', onBack)
  }, [open])
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page has nothing over it
  useEffect(() => {
    next.current = null
    stepping.current = false
    setOpened(null)
  }, [path])
  /** Closed without a step back: something else takes the entry's place. */
  const leave = useCallback(() => setOpened(null), [])
  return { opened, open, close, leave }
}
