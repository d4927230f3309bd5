'use client'

import { useEffect, useRef } from 'react'
import { isTyping } from '@/components/shell/console'

/** Single keys of a page: not while somebody types, a dialog is open, a modifier is held, or a `g` awaits its second key. */
export function useKeys(onKey: (key: string) => boolean): void {
  const latest = useRef(onKey)
  useEffect(() => {
    latest.current = onKey
  })
  useEffect(() => {
    let going = false
    const heard = (event: KeyboardEvent) => {
      const after = going
      going = event.key === 'g'
      if (after || event.metaKey || event.ctrlKey || event.altKey || event.repeat || isTyping(event)) return
      if (document.querySelector('dialog[open], [role=dialog]')) return
      if (latest.current(event.key.toLowerCase())) event.preventDefault()
    }
    document.addEventListener('keydown', heard)
    return () => document.removeEventListener('keydown', heard)
  }, [])
}
