import { buttonClass } from '@/components/ui/button'
import { Link } from '@/components/ui/link'

/** What stands where nothing is. */
export function Missing() {
  return (
    <main
      id="content"
      className="flex min-h-[60dvh] flex-1 flex-col items-center justify-center gap-3 px-4 text-center"
    >
      <h1 className="text-lg font-semibold">There is nothing here</h1>
      <p className="max-w-prose text-muted">
        No page has this address, or what it showed is gone. Runs and gates keep theirs until they are
        deleted.
      </p>
      <Link href="/timeline" className={buttonClass('primary')}>
        See all runs
      </Link>
    </main>
  )
}
