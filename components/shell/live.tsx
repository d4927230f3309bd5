'use client'

import { useRouter } from 'next/navigation'
import { useEffect, useRef } from 'react'
import { Banner } from './banner'
import { useTrouble } from './use-trouble'

/** However many events come, the page is asked for again no more often than this. */
const everyMs = 1_000
/** So often it is asked whether what DevPilot needs is there. */
const troubleMs = 15_000

interface LiveProps {
  readonly url: string
  /** What was not well with the whole of it when the page was made; null: nothing. */
  readonly trouble: string | null
}

/**
 * Keeps the page true without reloading it: every event of the stream leads to one refresh soon after. The browser
 * resumes a lost stream by Last-Event-ID; a page that was hidden refreshes when it is looked at again. A banner says
 * what is away, as long as it is; then the page is made again, and a stream that was refused is opened anew.
 */
export function Live({ url, trouble }: LiveProps) {
  const router = useRouter()
  const away = useTrouble(trouble, troubleMs)
  const well = away === null
  const wasWell = useRef(well)
  useEffect(() => {
    if (well && !wasWell.current) router.refresh()
    wasWell.current = well
  }, [well, router])
  useStream(url, well)
  return well ? null : <Banner>{away}</Banner>
}

/** @param well whether the server is; a stream is opened anew when that changes */
function useStream(url: string, well: boolean): void {
  const router = useRouter()
  // biome-ignore lint/correctness/useExhaustiveDependencies: a stream that was refused is never tried again by itself
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
  }, [url, router, well])
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
