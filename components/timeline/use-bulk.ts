'use client'

import { useRouter } from 'next/navigation'
import { useRef, useState } from 'react'
import { type ActionError, settle } from '@/components/ui/action-result'
import type { RunFilterTexts } from '@/lib/core/run-filters'
import type { BulkSlice } from '@/lib/services/views'
import type { BulkAction, BulkKind, Choice } from './types'

/** Runs of one slice; lib/services/runs/bulk.ts takes no more. */
const SLICE = 20

export type BulkResult = BulkSlice['results'][number]

export interface Bulk {
  readonly state: 'idle' | 'working' | 'done' | 'stopped'
  readonly results: readonly BulkResult[]
  readonly lookedBackTo: string | null
  readonly error: ActionError | null
  readonly start: (kind: BulkKind, reason: string) => Promise<void>
  /** After the slice that is under way. */
  readonly stop: () => void
}

/** Does something to many runs, one bounded slice after the other, and tells of each run what became of it. */
export function useBulk(choice: Choice, filters: RunFilterTexts, until: string, act: BulkAction): Bulk {
  const [state, setState] = useState<Bulk['state']>('idle')
  const [results, setResults] = useState<readonly BulkResult[]>([])
  const [lookedBackTo, setLookedBackTo] = useState<string | null>(null)
  const [error, setError] = useState<ActionError | null>(null)
  const stopped = useRef(false)
  const router = useRouter()
  const work = async (kind: BulkKind, reason: string) => {
    stopped.current = false
    setState('working')
    setError(null)
    const why = reason.trim() === '' ? {} : { reason: reason.trim() }
    for await (const slice of slices(choice, filters, until, (of) =>
      settle(() => act({ kind, ...why, of })),
    )) {
      if (!slice.ok) {
        setError(slice.error)
        return setState('stopped')
      }
      const { value } = slice
      setResults((before) => [...before, ...value.results])
      setLookedBackTo(value.lookedBackTo)
      if (stopped.current) return setState('stopped')
    }
    setState('done')
  }
  // The list tells what they are now, also where no event reaches the page.
  const start = (kind: BulkKind, reason: string) => work(kind, reason).finally(() => router.refresh())
  const stop = () => {
    stopped.current = true
  }
  return { state, results, lookedBackTo, error, start, stop }
}

type Of = Parameters<BulkAction>[0]['of']
type Answer = Awaited<ReturnType<BulkAction>>

async function* slices(
  choice: Choice,
  filters: RunFilterTexts,
  until: string,
  ask: (of: Of) => Promise<Answer>,
): AsyncGenerator<Answer> {
  if (choice.kind === 'rows') {
    for (let from = 0; from < choice.ids.length; from += SLICE) {
      yield await ask({ runs: choice.ids.slice(from, from + SLICE) })
    }
    return
  }
  let cursor: string | null = null
  do {
    const answer: Answer = await ask({ filters: { ...filters }, until, ...(cursor ? { cursor } : {}) })
    yield answer
    cursor = answer.ok ? answer.value.next : null
  } while (cursor)
}
