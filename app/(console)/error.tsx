'use client'

import { useRouter } from 'next/navigation'
import { startTransition, useEffect } from 'react'
import { WhatIsAway } from '@/components/shell/what-is-away'
import { Button, buttonClass } from '@/components/ui/button'
import { Link } from '@/components/ui/link'

interface ErrorPageProps {
  readonly error: Error & { readonly digest?: string }
  readonly reset: () => void
}

/** A page that failed. The server keeps what it was; the digest finds it in the log. */
export default function ErrorPage({ error, reset }: ErrorPageProps) {
  const router = useRouter()
  const again = () =>
    startTransition(() => {
      // What failed on the server is asked for anew, and the page drawn with that.
      router.refresh()
      reset()
    })
  // The title would go on naming a page that is not there.
  useEffect(() => {
    document.title = 'Something went wrong · DevPilot'
  }, [])
  return (
    <main
      id="content"
      className="flex flex-1 flex-col items-center justify-center gap-3 px-4 py-24 text-center"
    >
      <h1 className="text-lg font-semibold">This page could not be made</h1>
      <p className="max-w-prose text-muted" role="alert">
        Something went wrong inside DevPilot while it read what this page shows. Nothing was changed.
        {error.digest && (
          <>
            {' '}
            The server’s log tells more under <span className="num text-ink">{error.digest}</span>.
          </>
        )}
      </p>
      <WhatIsAway />
      <p className="max-w-prose text-sm text-muted">
        Try again: what is away for a moment is back soon. If it stays so, look into the server’s log, or go
        on elsewhere.
      </p>
      <div className="flex flex-wrap justify-center gap-2">
        <Button look="primary" onClick={again}>
          Try again
        </Button>
        <Link href="/" className={buttonClass()}>
          Go home
        </Link>
      </div>
    </main>
  )
}
