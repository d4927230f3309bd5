'use client'

import { useEffect, useEffectEvent, useState } from 'react'
import { type ActionResult, settle } from '@/components/ui/action-result'

interface Answer<A> {
  /** The newest answer, which an earlier question may have had; null: none yet. */
  readonly result: ActionResult<A> | null
  /** The question that stands there now has no answer yet. */
  readonly asking: boolean
  /** Asks the same once more. */
  readonly again: () => void
}

/**
 * The answer to what somebody types, asked once the typing pauses; an answer that comes after the next question is
 * dropped. A refresh of the page brings another function that does the same: no reason to ask again.
 * @param question null: nothing is asked, and there is no answer
 * @param pauseMs milliseconds without a change
 */
export function useAnswer<Q, A>(
  question: Q | null,
  ask: (question: Q) => Promise<ActionResult<A>>,
  pauseMs: number,
): Answer<A> {
  const key = question === null ? null : JSON.stringify(question)
  const [last, setLast] = useState<{ key: string; result: ActionResult<A> } | null>(null)
  const [tries, setTries] = useState(0)
  const asked = useEffectEvent((asks: string) => settle<A>(() => ask(JSON.parse(asks) as Q)))
  // biome-ignore lint/correctness/useExhaustiveDependencies: `tries` asks anew
  useEffect(() => {
    if (key === null) return
    let stale = false
    const timer = setTimeout(async () => {
      const result = await asked(key)
      if (!stale) setLast({ key, result })
    }, pauseMs)
    return () => {
      stale = true
      clearTimeout(timer)
    }
  }, [key, pauseMs, tries])
  return {
    result: key === null ? null : (last?.result ?? null),
    asking: key !== null && last?.key !== key,
    again: () => {
      setLast(null)
      setTries(tries + 1)
    },
  }
}
