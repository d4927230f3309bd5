'use client'

import { useEffect, useState } from 'react'
import { LogError, type LogFilter, logRoutes } from './ask'

/** Places that are asked for at a time; beyond them the count says "or more". */
const AT_A_TIME = 1_000

export interface Found {
  readonly lines: readonly number[]
  /** There are more after the last. */
  readonly more: boolean
}

const nothing: Found = { lines: [], more: false }

/** The lines of the whole log that hold the words, found by the server. */
export function useSearch(runId: string, q: string, { kind, level, step }: LogFilter) {
  const [found, setFound] = useState<Found | null>(null)
  const [error, setError] = useState<string | null>(null)
  useEffect(() => {
    setFound(null)
    setError(null)
    if (q === '') return
    const request = new AbortController()
    const timer = setTimeout(() => {
      places(runId, { q, kind, level, step }, 1, request.signal).then(setFound, (thrown: unknown) => {
        if (!request.signal.aborted) setError(words(thrown))
      })
    }, 250)
    return () => {
      clearTimeout(timer)
      request.abort()
    }
  }, [runId, q, kind, level, step])
  /** The places after the last one that is known. */
  const further = async (): Promise<Found> => {
    const before = found ?? nothing
    if (!before.more) return before
    try {
      const next = await places(runId, { q, kind, level, step }, (before.lines.at(-1) ?? 0) + 1)
      // So many are kept; who walks on walks on from there.
      const both = { lines: [...before.lines, ...next.lines].slice(-20 * AT_A_TIME), more: next.more }
      setFound(both)
      return both
    } catch (thrown) {
      setError(words(thrown))
      return before
    }
  }
  return { found, error, looking: q !== '' && found === null && error === null, further }
}

const words = (thrown: unknown): string =>
  thrown instanceof LogError ? thrown.message : 'The log could not be searched.'

async function places(
  runId: string,
  query: LogFilter & { readonly q: string },
  from: number,
  signal?: AbortSignal,
): Promise<Found> {
  const { ranges, more } = await logRoutes(runId).places({ ...query, from, limit: AT_A_TIME }, signal)
  return { lines: ranges.map(([line]) => line), more }
}
