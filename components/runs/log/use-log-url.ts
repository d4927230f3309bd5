'use client'

import { useSearchParams } from 'next/navigation'
import { useCallback, useMemo } from 'react'
import type { LogFilter } from './ask'

/** What of the log is in the page's address: `?line=12345&lq=words&lkind=tool&llevel=error&lstep=coder`. */
export interface LogPlace extends LogFilter {
  readonly line: number | null
  readonly q: string
}

const names = { kind: 'lkind', level: 'llevel', step: 'lstep', q: 'lq', line: 'line' } as const

/** The place in the log that the address names, and how to go to another: the page is not asked for again. */
export function useLogUrl() {
  const params = useSearchParams()
  const text = params.toString()
  const place = useMemo((): LogPlace => {
    const query = new URLSearchParams(text)
    const of = (name: keyof typeof names) => (query.get(names[name]) ?? '').slice(0, 200)
    const line = /^[1-9]\d{0,8}$/.test(of('line')) ? Number(of('line')) : null
    return { kind: of('kind'), level: of('level'), step: of('step'), q: of('q'), line }
  }, [text])
  /** @param how `push` for what "back" is to undo */
  const go = useCallback((part: Partial<LogPlace>, how: 'push' | 'replace') => {
    const query = new URLSearchParams(window.location.search)
    for (const [name, value] of Object.entries(part)) {
      const param = names[name as keyof typeof names]
      if (value === null || value === '') query.delete(param)
      else query.set(param, String(value))
    }
    const url = `${window.location.pathname}${query.size > 0 ? `?${query}` : ''}`
    if (how === 'push') window.history.pushState(null, '', url)
    else window.history.replaceState(null, '', url)
  }, [])
  return { place, go }
}

/** The address of a line, with all else that the page's own says. */
export function lineHref(line: number): string {
  if (typeof window === 'undefined') return `?line=${line}`
  const query = new URLSearchParams(window.location.search)
  query.set(names.line, String(line))
  return `?${query}`
}
