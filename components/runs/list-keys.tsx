'use client'

import { type ReactNode, useCallback, useEffect, useRef } from 'react'
import { isTyping, useShortcuts } from '@/components/shell/use-shortcuts'

/**
 * Rows that the keyboard walks: j and k from anywhere on the page, the arrows within. Enter opens, as on every link.
 * Rows are the elements with `data-row`.
 */
export function ListKeys({ children }: { readonly children: ReactNode }) {
  const list = useRef<HTMLDivElement>(null)
  const move = useCallback((by: 1 | -1 | 'first' | 'last') => {
    const rows = [...(list.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])]
    const at = rows.findIndex((row) => row.matches(':focus'))
    const from = at === -1 ? rows.findIndex((row) => row.getAttribute('aria-current') === 'true') : at
    const next = by === 'first' ? 0 : by === 'last' ? rows.length - 1 : from === -1 ? 0 : from + by
    rows[Math.max(0, Math.min(rows.length - 1, next))]?.focus()
  }, [])
  useShortcuts([
    { keys: ['j'], label: 'Next step or turn', group: 'Lists', run: () => move(1), repeats: true },
    { keys: ['k'], label: 'Step or turn before', group: 'Lists', run: () => move(-1), repeats: true },
  ])
  useEffect(() => {
    const box = list.current
    const onKey = (event: KeyboardEvent) => {
      if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented || isTyping(event)) return
      if (event.key === 'ArrowDown') move(1)
      else if (event.key === 'ArrowUp') move(-1)
      else if (event.key === 'Home') move('first')
      else if (event.key === 'End') move('last')
      else return
      event.preventDefault()
    }
    box?.addEventListener('keydown', onKey)
    return () => box?.removeEventListener('keydown', onKey)
  }, [move])
  return <div ref={list}>{children}</div>
}
