'use client'

import { useRouter } from 'next/navigation'
import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { useLiveState } from '@/components/shell/live'
import { liveStore } from '@/components/shell/live-store'
import { runEventKinds } from '@/lib/core/names'
import type { LogPage } from '@/lib/services/views/log'
import { type LogFilter, logRoutes } from './ask'
import { LogStore } from './store'

/** The server is asked for new lines no more often than this; with a filter, which it has to look through all for, less. */
const everyMs = 400
const filteredEveryMs = 2_000
const heartbeatMs = 15_000

/** The log of a run, its window, and whether its stream is connected. */
export function useLog(runId: string, initial: LogPage, live: boolean, filter: LogFilter) {
  const router = useRouter()
  const [store] = useState(() => new LogStore(logRoutes(runId), initial))
  useSyncExternalStore(store.subscribe, store.getVersion, store.getVersion)
  const { kind, level, step } = filter
  useEffect(() => {
    const same = store.filter.kind === kind && store.filter.level === level && store.filter.step === step
    if (!same) void store.setFilter({ kind, level, step })
  }, [store, kind, level, step])
  const connected = useStream(runId, store, live)
  const gone = store.error?.gone === true
  // The page says what became of the run, and where to go.
  useEffect(() => {
    if (gone) router.refresh()
  }, [gone, router])
  return { store, connected }
}

/**
 * Every event of the run's stream is only a sign to look: the lines and their numbers come from the log itself. It
 * rests while the page's own stream does: browsers hold few connections to one server, for all its pages together.
 */
function useStream(runId: string, store: LogStore, live: boolean): boolean {
  const [connected, setConnected] = useState(false)
  const wasLive = useRef(live)
  const paused = useLiveState() === 'paused'
  useEffect(() => {
    // The last lines of a run may come after the page knows that it has ended.
    if (wasLive.current && !live) void store.grow()
    wasLive.current = live
    // While a page is made alive, the state is not yet the one that it is drawn with.
    if (!live || paused || liveStore.state() === 'paused') return
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = () => {
      const wait = store.filtered ? filteredEveryMs : everyMs
      timer ??= setTimeout(() => {
        timer = undefined
        void store.grow()
      }, wait)
    }
    const source = new EventSource(`/api/runs/${runId}/events?after=${store.lastEvent}`)
    for (const kind of runEventKinds) source.addEventListener(kind, look)
    source.addEventListener('end', () => {
      source.close()
      look()
    })
    source.onopen = () => {
      setConnected(true)
      look()
    }
    // A run that is gone answers so too: looking tells which it is.
    source.onerror = () => {
      setConnected(false)
      look()
    }
    // A run that is deleted says nothing any more.
    const heartbeat = setInterval(look, heartbeatMs)
    return () => {
      source.close()
      setConnected(false)
      clearTimeout(timer)
      clearInterval(heartbeat)
    }
  }, [runId, store, live, paused])
  return connected && live && !paused
}
