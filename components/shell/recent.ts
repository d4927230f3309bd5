'use client'

import { usePathname } from 'next/navigation'
import { useEffect } from 'react'
import * as z from 'zod/mini'

const stored = 'devpilot_recent'
const MOST = 8
const recent = z.array(z.object({ href: z.string().check(z.startsWith('/')), label: z.string() }))
export type Visited = z.infer<typeof recent>[number]

/** Pages of one thing; those of the rail are a key away. */
const worth = /^\/(?:runs|gates|repositories|agents|workflows)\/./

/** What was looked at last on this browser, the newest first. */
export function visited(): readonly Visited[] {
  try {
    return recent.parse(JSON.parse(localStorage.getItem(stored) ?? '[]'))
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
