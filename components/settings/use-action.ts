'use client'

import { useState, useTransition } from 'react'
import { type ActionResult, settle } from '@/components/ui/action-result'

/** An action with its last result: what it gave, or why it could not. */
export function useAction<I, T>(action: (input: I) => Promise<ActionResult<T>>) {
  const [result, setResult] = useState<ActionResult<T> | null>(null)
  const [pending, start] = useTransition()
  const run = (input: I, after?: (value: T) => void) =>
    start(async () => {
      const given = await settle(() => action(input))
      setResult(given)
      if (given.ok) after?.(given.value)
    })
  return {
    run,
    pending,
    clear: () => setResult(null),
    value: result?.ok ? result.value : null,
    done: result?.ok === true,
    error: result && !result.ok ? result.error : null,
  }
}
