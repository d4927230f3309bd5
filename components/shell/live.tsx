'use client'

import { useRouter } from 'next/navigation'
import { useEffect } from 'react'

/** However many events come, the page is asked for again no more often than this. */
const everyMs = 1_000

/**
 * Keeps the page true without reloading it: every event of the stream leads to one refresh soon after. The browser
 * resumes a lost stream by Last-Event-ID; a page that was hidden refreshes when it is looked at again.
 */
export function Live({ url }: { readonly url: string }) {
  const router = useRouter()
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let last = 0
    let missed = false
    const refresh = () => {
      if (document.hidden) {
        missed = true
        return
      }
      if (timer !== undefined) return
      const wait = Math.max(150, last + everyMs - Date.now())
      timer = setTimeout(() => {
        timer = undefined
        last = Date.now()
        router.refresh()
      }, wait)
    }
    const shown = () => {
      if (document.hidden || !missed) return
      missed = false
      refresh()
    }
    const source = new EventSource(url)
    for (const kind of eventKinds) source.addEventListener(kind, refresh)
    document.addEventListener('visibilitychange', shown)
    return () => {
      source.close()
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', shown)
    }
  }, [url, router])
  return null
}

/** Names of the stream's events; `message` is what a stream without names sends. */
export const eventKinds = [
  'message',
  'run',
  'bead',
  'turn',
  'tool',
  'log',
  'gate',
  'evidence',
  'effect',
] as const
