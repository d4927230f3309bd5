'use client'

import { useEffect, useState } from 'react'
import { duration, relative } from '@/components/format'

/** The time, moving on every `everyMs`; the server's until the page is alive, so that both draw the same. */
function useNow(initial: number, everyMs: number): number {
  const [now, setNow] = useState(initial)
  useEffect(() => {
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}

/** `4 min ago`; the absolute time in the reader's zone on hover. */
export function TimeAgo({ at, now }: { readonly at: string; readonly now: number }) {
  const current = useNow(now, 30_000)
  const [title, setTitle] = useState(at)
  useEffect(() => {
    const style = { dateStyle: 'medium', timeStyle: 'long' } as const
    setTitle(new Intl.DateTimeFormat('en', style).format(new Date(at)))
  }, [at])
  return (
    <time dateTime={at} title={title} className="whitespace-nowrap">
      {relative(Date.parse(at), current)}
    </time>
  )
}

/** How long it took, or has taken so far. */
export function Elapsed(props: { readonly from: string; readonly to: string | null; readonly now: number }) {
  const current = useNow(props.now, 1_000)
  const end = props.to === null ? current : Date.parse(props.to)
  return <span className="num whitespace-nowrap">{duration(end - Date.parse(props.from))}</span>
}
