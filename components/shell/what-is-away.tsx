'use client'

import { useEffect, useState } from 'react'
import { askTrouble, type Trouble } from './use-trouble'

/** Asks the server why a page may have failed; says nothing where it is well. */
export function WhatIsAway() {
  const [found, setFound] = useState<Trouble | null>(null)
  useEffect(() => {
    const leave = new AbortController()
    // A server that does not even answer this has nothing more to say.
    askTrouble(leave.signal).then(setFound, () => setFound(null))
    return () => leave.abort()
  }, [])
  if (!found) return null
  return (
    <p role="status" className="max-w-prose">
      {found.detail} {found.mend}
    </p>
  )
}
