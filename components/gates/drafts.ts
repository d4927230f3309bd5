'use client'

import { useMemo } from 'react'
import { useReader } from '@/components/shell/console'

/**
 * Comments that were begun and not sent, by who began them and at which gate, and by the anchor of their line (empty:
 * the gate as a whole). They outlast their forms and the page, until the tab is closed: who decides is told of them.
 */
const begun = new Map<string, Map<string, string>>()

export interface Drafts {
  at(gate: string, anchor: string): string
  /** @param text empty: there is none any more */
  keep(gate: string, anchor: string, text: string): void
  /** How many of a gate say something. */
  count(gate: string): number
}

/** What whoever is signed in began to say. */
export function useDrafts(): Drafts {
  const { user } = useReader()
  return useMemo(() => {
    const key = (gate: string) => JSON.stringify([user, gate])
    return {
      at: (gate, anchor) => begun.get(key(gate))?.get(anchor) ?? '',
      keep(gate, anchor, text) {
        const theirs = begun.get(key(gate)) ?? new Map<string, string>()
        if (text === '') theirs.delete(anchor)
        else theirs.set(anchor, text)
        begun.set(key(gate), theirs)
      },
      count: (gate) =>
        [...(begun.get(key(gate))?.values() ?? [])].filter((text) => text.trim() !== '').length,
    }
  }, [user])
}
