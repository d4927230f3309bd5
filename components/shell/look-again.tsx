'use client'

import { useRouter } from 'next/navigation'
import { useEffect } from 'react'
import { useTrouble } from './use-trouble'

const everyMs = 5_000

/** On a page that is instead of another: comes back by itself as soon as the server is well. */
export function LookAgain({ detail }: { readonly detail: string }) {
  const router = useRouter()
  const well = useTrouble(detail, everyMs) === null
  useEffect(() => {
    if (well) router.refresh()
  }, [well, router])
  return (
    <p className="flex flex-wrap items-center justify-center gap-x-3 text-sm text-muted">
      This page looks again by itself.
      <a href="?" className="text-accent hover:underline">
        Look again now
      </a>
    </p>
  )
}
