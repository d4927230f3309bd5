'use client'

import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'
import type { TimeMode } from '@/components/format'

export const timeModes: readonly { readonly value: TimeMode; readonly label: string }[] = [
  { value: 'relative', label: 'Relative' },
  { value: 'local', label: 'Local' },
  { value: 'utc', label: 'UTC' },
]

interface Times {
  readonly mode: TimeMode
  /** The reader's zone, as the browser names it. */
  readonly zone: string
  readonly setMode: (mode: TimeMode) => void
}

const TimesContext = createContext<Times>({ mode: 'relative', zone: 'UTC', setMode: () => undefined })

interface TimesProviderProps {
  /** Of this browser's cookies, so that the server writes what the browser would. */
  readonly mode: TimeMode
  readonly zone: string | null
  readonly children: ReactNode
}

/** How times are written, for everything below; remembered by this browser. */
export function TimesProvider({ mode: remembered, zone: told, children }: TimesProviderProps) {
  const [mode, setMode] = useState(remembered)
  const [zone, setZone] = useState(told ?? 'UTC')
  useEffect(() => {
    const real = Intl.DateTimeFormat().resolvedOptions().timeZone
    setZone(real)
    if (real !== told) remember('devpilot_zone', real)
  }, [told])
  const value = useMemo(
    () => ({
      mode,
      zone,
      setMode: (next: TimeMode) => {
        remember('devpilot_times', next)
        setMode(next)
      },
    }),
    [mode, zone],
  )
  return <TimesContext value={value}>{children}</TimesContext>
}

/** The zone in which a clock's time is written. */
export function useZone(): string {
  const { mode, zone } = useContext(TimesContext)
  return mode === 'utc' ? 'UTC' : zone
}

export function useTimes(): Times {
  return useContext(TimesContext)
}

/** Keeps something small for a year, where the server sees it before it draws. */
export function remember(name: string, value: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser that we serve
  document.cookie = `${name}=${encodeURIComponent(value)};path=/;max-age=31536000;samesite=lax`
}
