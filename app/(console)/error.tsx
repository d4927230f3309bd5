'use client'

import { WhatIsAway } from '@/components/shell/what-is-away'
import { Button } from '@/components/ui/button'

interface ErrorPageProps {
  readonly error: Error & { readonly digest?: string }
  readonly reset: () => void
}

/** A page that failed. The server keeps what it was; the digest finds it in the log. */
export default function ErrorPage({ error, reset }: ErrorPageProps) {
  return (
    <main
      id="content"
      className="flex flex-1 flex-col items-center justify-center gap-3 px-4 py-24 text-center"
    >
      <h1 className="text-lg font-semibold">This page could not be made</h1>
      <p className="max-w-prose text-muted">
        Something went wrong inside DevPilot. Nothing was changed.
        {error.digest && (
          <>
            {' '}
            The server’s log tells more under <span className="num text-ink">{error.digest}</span>.
          </>
        )}
      </p>
      <WhatIsAway />
      <Button look="primary" onClick={reset}>
        Try again
      </Button>
    </main>
  )
}
