'use client'

import { useCallback, useSyncExternalStore } from 'react'

const CHANGED = 'devpilot:remembered'

/**
 * A text that this browser remembers under a key. The server, and a browser that keeps nothing, know only the
 * fallback.
 */
export function useRemembered(key: string, fallback: string): readonly [string, (value: string) => void] {
  const read = useCallback(() => stored(key) ?? fallback, [key, fallback])
  const value = useSyncExternalStore(listen, read, () => fallback)
  const write = useCallback(
    (next: string) => {
      store(key, next)
      window.dispatchEvent(new Event(CHANGED))
    },
    [key],
  )
  return [value, write]
}

function listen(heard: () => void): () => void {
  window.addEventListener(CHANGED, heard)
  window.addEventListener('storage', heard)
  return () => {
    window.removeEventListener(CHANGED, heard)
    window.removeEventListener('storage', heard)
  }
}

/** What could not be stored is remembered until the page is left. */
const unstored = new Map<string, string>()

function stored(key: string): string | null {
  const held = unstored.get(key)
  if (held !== undefined) return held
  try {
    return window.localStorage.getItem(key)
  } catch {
    // A browser may refuse storage altogether; then nothing is remembered.
    return null
  }
}

function store(key: string, value: string): void {
  try {
    window.localStorage.setItem(key, value)
    unstored.delete(key)
  } catch {
    // Full or refused: the page still does what was asked, until it is left.
    unstored.set(key, value)
  }
}

/** Whether the window is at least so wide; false on the server. */
export function useWide(pixels: number): boolean {
  const query = `(min-width: ${pixels}px)`
  const watch = useCallback(
    (heard: () => void) => {
      const list = window.matchMedia(query)
      list.addEventListener('change', heard)
      return () => list.removeEventListener('change', heard)
    },
    [query],
  )
  return useSyncExternalStore(
    watch,
    () => window.matchMedia(query).matches,
    () => false,
  )
}
