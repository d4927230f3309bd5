'use client'

import { type ReactNode, useRef } from 'react'
import { useKeys } from './use-keys'

/** j and k go from gate to gate over all lists of the inbox; Enter opens the one that has the focus, as links do. */
export function InboxKeys({ children }: { readonly children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null)
  useKeys((key) => {
    if (key !== 'j' && key !== 'k') return false
    const links = [...(box.current?.querySelectorAll<HTMLElement>('a[data-gate]') ?? [])]
    const focused = document.activeElement
    const at = focused instanceof HTMLElement ? links.indexOf(focused) : -1
    const next = at === -1 ? 0 : Math.max(0, Math.min(links.length - 1, at + (key === 'j' ? 1 : -1)))
    links[next]?.focus()
    links[next]?.scrollIntoView({ block: 'nearest' })
    return true
  })
  return (
    <div ref={box} className="space-y-7">
      {children}
    </div>
  )
}
