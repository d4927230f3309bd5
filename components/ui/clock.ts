'use client'

import { useSyncExternalStore } from 'react'

interface Ticker {
  readonly listeners: Set<() => void>
  now: number
  timer: ReturnType<typeof setInterval> | undefined
}

/** One timer a pace, however many times are on the page. */
const tickers = new Map<number, Ticker>()

function tickerOf(everyMs: number): Ticker {
  const known = tickers.get(everyMs)
  if (known) return known
  const made: Ticker = { listeners: new Set(), now: Date.now(), timer: undefined }
  tickers.set(everyMs, made)
  return made
}

function subscribeTo(everyMs: number) {
  const ticker = tickerOf(everyMs)
  return (listener: () => void) => {
    ticker.listeners.add(listener)
    ticker.timer ??= setInterval(() => {
      ticker.now = Date.now()
      for (const each of ticker.listeners) each()
    }, everyMs)
    return () => {
      ticker.listeners.delete(listener)
      if (ticker.listeners.size > 0) return
      clearInterval(ticker.timer)
      ticker.timer = undefined
    }
  }
}

const subscribes = new Map<number, ReturnType<typeof subscribeTo>>()

/** The time, moving on every `everyMs`; the server's until the page is alive, so that both draw the same. */
export function useNow(initial: number, everyMs: number): number {
  const subscribe = subscribes.get(everyMs) ?? subscribeTo(everyMs)
  subscribes.set(everyMs, subscribe)
  return useSyncExternalStore(
    subscribe,
    // A page that was made after the last tick knows better.
    () => Math.max(tickerOf(everyMs).now, initial),
    () => initial,
  )
}
