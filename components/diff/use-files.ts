'use client'

import { useCallback, useMemo, useState } from 'react'
import { useRemembered } from './use-remembered'

interface Files {
  readonly viewed: ReadonlySet<string>
  readonly closed: ReadonlySet<string>
  readonly toggle: (path: string) => void
  readonly view: (path: string) => void
}

/** Which files were viewed, which this browser remembers, and which are closed: those that were viewed, unless opened again. */
export function useFiles(remember: string): Files {
  const [kept, keep] = useRemembered(`devpilot:viewed:${remember}`, '')
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set())
  const viewed = useMemo(() => new Set(kept.split('\0').filter(Boolean)), [kept])
  const closed = useMemo(() => new Set([...turned].reduce(flip, viewed)), [viewed, turned])
  const toggle = useCallback((path: string) => setTurned((before) => flip(before, path)), [])
  const view = useCallback(
    (path: string) => {
      keep([...flip(viewed, path)].join('\0'))
      setTurned((before) => without(before, path))
    },
    [keep, viewed],
  )
  return { viewed, closed, toggle, view }
}

const without = (set: ReadonlySet<string>, path: string): ReadonlySet<string> =>
  new Set([...set].filter((item) => item !== path))
const flip = (set: ReadonlySet<string>, path: string): ReadonlySet<string> =>
  set.has(path) ? without(set, path) : new Set([...set, path])
