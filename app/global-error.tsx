'use client'

import { buttonClass } from '@/components/ui/button'
import './globals.css'

interface GlobalErrorProps {
  readonly error: Error & { readonly digest?: string }
}

/** When not even the frame of a page could be made. */
export default function GlobalError({ error }: GlobalErrorProps) {
  return (
    <html lang="en">
      <body>
        <main className="flex min-h-dvh flex-col items-center justify-center gap-3 px-4 text-center">
          <title>Something went wrong · DevPilot</title>
          <h1 className="text-lg font-semibold">DevPilot could not make this page</h1>
          <p className="max-w-prose text-muted">
            Something went wrong before anything could be shown. Nothing was changed.
            {error.digest && ` The server’s log tells more under ${error.digest}.`}
          </p>
          <p className="max-w-prose text-muted">
            See that the server is running and its log, then load the page again.
          </p>
          <a href="?" className={buttonClass('primary')}>
            Load the page again
          </a>
        </main>
      </body>
    </html>
  )
}
