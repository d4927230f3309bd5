import { Unplug } from 'lucide-react'
import { LookAgain } from './look-again'

interface AwayPageProps {
  readonly detail: string
  readonly mend: string
}

/** Instead of a page, while the database does not answer. */
export function AwayPage({ detail, mend }: AwayPageProps) {
  return (
    <main
      id="content"
      className="flex min-h-dvh flex-col items-center justify-center gap-3 px-4 py-24 text-center"
    >
      <Unplug aria-hidden className="size-6 text-muted" />
      <h1 className="text-lg font-semibold">The database is away</h1>
      <p className="max-w-prose text-muted">{detail}</p>
      <p className="max-w-prose">{mend}</p>
      <p className="max-w-prose text-sm text-muted">
        See that it is up, has room on its disk and takes connections, and that DATABASE_URL names it.
      </p>
      <LookAgain detail={detail} />
    </main>
  )
}
