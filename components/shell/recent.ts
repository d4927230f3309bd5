'use client'

import { usePathname } from 'next/navigation'
import { useEffect } from 'react'

const stored = 'devpilot_recent'
const MOST = 8

export interface Visited {
  readonly href: string
  readonly label: string
}

/** By hand: a parser would be a tenth of every page's script. */
const isVisited = (one: unknown): one is Visited =>
  typeof one === 'object' &&
  one !== null &&
  'href' in one &&
  'label' in one &&
  typeof one.href === 'string' &&
  one.href.startsWith('/') &&
  typeof one.label === 'string'

/** Pages of one thing; those of the rail are a key away. */
const worth = /^\/(?:runs|gates|repositories|agents|workflows)\/./

/** What was looked at last on this browser, the newest first. */
export function visited(): readonly Visited[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(stored) ?? '[]')
    return Array.isArray(kept) && kept.every(isVisited) ? kept : []
  } catch {
    // Somebody else's value, or no storage at all: nothing is remembered.
    return []
  }
}

/** Remembers the page once it is drawn and has its title. */
export function useVisited(): void {
  const path = usePathname()
  useEffect(() => {
    if (!worth.test(path)) return
    const timer = setTimeout(() => {
      const label =
        document.querySelector('main h1')?.textContent || document.title.replace(/ · DevPilot$/, '')
      const rest = visited().filter(({ href }) => href !== path)
      localStorage.setItem(stored, JSON.stringify([{ href: path, label }, ...rest].slice(0, MOST)))
    }, 800)
    return () => clearTimeout(timer)
  }, [path])
}
