'use client'

import { useEffect, useState } from 'react'
import { z } from 'zod'

const problem = z.object({ detail: z.string(), mend: z.string().optional() })

/** Asks the server why a page may have failed; says nothing where it is well. */
export function WhatIsAway() {
  const [found, setFound] = useState<z.infer<typeof problem> | null>(null)
  useEffect(() => {
    let stale = false
    const ask = async () => {
      const response = await fetch('/api/ready')
      if (response.status !== 503) return
      const parsed = problem.safeParse(await response.json())
      if (!stale && parsed.success) setFound(parsed.data)
    }
    // A server that does not even answer this has nothing more to say.
    ask().catch(() => setFound(null))
    return () => {
      stale = true
    }
  }, [])
  if (!found) return null
  return (
    <p role="status" className="max-w-prose">
      {found.detail} {found.mend}
    </p>
  )
}
