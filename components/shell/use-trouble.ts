'use client'

import { useEffect, useRef, useState } from 'react'

/** What is away, in a sentence, and what mends it. */
export interface Trouble {
  readonly detail: string
  readonly mend?: string | undefined
}

const unreachable: Trouble = {
  detail:
    'DevPilot’s server does not answer: this page shows what was before. It goes on when the server is back.',
}

/** What the server says is away; null where all is well, or it has nothing to say about that. */
export async function askTrouble(signal?: AbortSignal): Promise<Trouble | null> {
  const response = await fetch('/api/ready', { cache: 'no-store', ...(signal ? { signal } : {}) })
  if (response.status !== 503) return null
  const said: unknown = await response.json()
  if (typeof said !== 'object' || said === null) return null
  if (!('detail' in said) || typeof said.detail !== 'string') return null
  const mend = 'mend' in said && typeof said.mend === 'string' ? said.mend : undefined
  return { detail: said.detail, mend }
}

/**
 * What is away now. Next keeps a layout while pages change and no event is sent of a server that went away, so it is
 * asked for: again and again, as long as somebody looks.
 * @param given what the server rendered the page with; a newer one takes the place of what was found
 * @param everyMs milliseconds between two questions
 * @param hint asked at once when it changes
 */
export function useTrouble(given: string | null, everyMs: number, hint = ''): string | null {
  const [rendered, setRendered] = useState(given)
  const [found, setFound] = useState(given)
  if (rendered !== given) {
    setRendered(given)
    setFound(given)
  }
  const hinted = useRef(hint)
  useEffect(() => {
    const leave = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const ask = async () => {
      const trouble = await askTrouble(leave.signal).catch(() => unreachable)
      if (leave.signal.aborted) return
      setFound(trouble?.detail ?? null)
      next()
    }
    const next = () => {
      clearTimeout(timer)
      if (!document.hidden) timer = setTimeout(ask, everyMs)
    }
    const shown = () => {
      clearTimeout(timer)
      if (!document.hidden) ask()
    }
    if (hinted.current === hint) next()
    else ask()
    hinted.current = hint
    document.addEventListener('visibilitychange', shown)
    return () => {
      leave.abort()
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', shown)
    }
  }, [everyMs, hint])
  return found
}
