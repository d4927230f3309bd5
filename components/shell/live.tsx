'use client'

import { useRouter } from 'next/navigation'
import { useEffect, useRef, useSyncExternalStore, useTransition } from 'react'
import { Banner } from './banner'
import { Coalescer } from './coalesce'
import { type Connection, LiveSource } from './live-source'
import { liveStore } from './live-store'
import { askTrouble, useTrouble } from './use-trouble'

/** However many events come, the page is asked for again no more often than this. */
const everyMs = 1_000
/** So often it is asked whether what DevPilot needs is there. */
const troubleMs = 15_000
/** A page that nobody looks at for so long lets its connection go: browsers hold few to one server. */
const hiddenMs = 30_000
/** A server that is well and refuses the stream so many times has something to say: the session has ended. */
const refusals = 3

interface LiveProps {
  readonly url: string
  /** What was not well with the whole of it when the page was made; null: nothing. */
  readonly trouble: string | null
}

/**
 * Keeps the page true without reloading it: an event that concerns what is shown leads to one refresh soon after,
 * which leaves scroll, focus and what is open as they are. A banner says what is away, for as long as it is.
 */
export function Live({ url, trouble }: LiveProps) {
  const router = useRouter()
  const state = useLiveState()
  const away = useTrouble(trouble, troubleMs, state === 'lost' || state === 'offline' ? 'away' : '')
  const well = away === null
  const wasWell = useRef(well)
  const refresh = useRefresh()
  useEffect(() => {
    if (well && !wasWell.current) router.refresh()
    wasWell.current = well
  }, [well, router])
  useStream(url, refresh)
  return well ? null : <Banner>{away}</Banner>
}

export function useLiveState() {
  return useSyncExternalStore(liveStore.subscribe, liveStore.state, () => 'connecting' as const)
}

/** Refreshes at most once a second, and not before the last one has been drawn. */
function useRefresh(): () => void {
  const router = useRouter()
  const [pending, start] = useTransition()
  const coalescer = useRef<Coalescer | null>(null)
  useEffect(() => {
    const made = new Coalescer(() => start(() => router.refresh()), everyMs)
    coalescer.current = made
    // Next loads the whole page anew when a refresh fails, and there would be nobody to load it from.
    const look = () => made.setAway(liveStore.state() !== 'live')
    look()
    const leave = liveStore.subscribe(look)
    return () => {
      leave()
      made.stop()
    }
  }, [router])
  useEffect(() => coalescer.current?.setBusy(pending), [pending])
  const ask = useRef(() => coalescer.current?.ask())
  return ask.current
}

function useStream(url: string, refresh: () => void): void {
  const router = useRouter()
  useEffect(() => {
    let hiding: ReturnType<typeof setTimeout> | undefined
    // Nothing is told to a page that is opened in the background, until it is looked at.
    let missed = document.hidden
    const changed = () => {
      if (document.hidden) missed = true
      else refresh()
    }
    const source = new LiveSource(url, browser, {
      onEvent: (event) => {
        liveStore.tell(event)
        if (liveStore.concerns(event)) changed()
      },
      onMissed: changed,
      onState: (state) => liveStore.setState(state),
      onFailure: (times) => {
        if (times !== refusals) return
        // Answered, so a refresh finds a server; who is signed out is sent to sign in.
        askTrouble().then(
          (trouble) => trouble === null && router.refresh(),
          () => undefined,
        )
      },
    })
    const onVisibility = () => {
      clearTimeout(hiding)
      if (document.hidden) {
        hiding = setTimeout(() => source.pause(), hiddenMs)
        return
      }
      source.resume()
      if (missed) refresh()
      missed = false
    }
    const again = () => {
      if (!document.hidden) source.resume()
    }
    // A page that the browser keeps for "back" may hold no connection.
    const onHide = () => source.pause()
    if (document.hidden) source.pause()
    else source.resume()
    document.addEventListener('visibilitychange', onVisibility)
    window.addEventListener('online', again)
    window.addEventListener('offline', again)
    window.addEventListener('pageshow', again)
    window.addEventListener('pagehide', onHide)
    return () => {
      clearTimeout(hiding)
      source.stop()
      document.removeEventListener('visibilitychange', onVisibility)
      window.removeEventListener('online', again)
      window.removeEventListener('offline', again)
      window.removeEventListener('pageshow', again)
      window.removeEventListener('pagehide', onHide)
    }
  }, [url, refresh, router])
}

const browser = {
  connect: (url: string): Connection => new EventSource(url),
  later: (run: () => void, ms: number) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
  online: () => navigator.onLine,
}

/** On a page of one run: events of other runs do not refresh it. With null: of no run. */
export function LiveScope({ run }: { readonly run: string | null }) {
  useEffect(() => liveStore.addScope({ run }), [run])
  return null
}
