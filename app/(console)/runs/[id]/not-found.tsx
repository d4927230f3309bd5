import Link from 'next/link'
import { PageBody, TopBar } from '@/components/shell/top-bar'
import { buttonClass } from '@/components/ui/button'

/** No such run; or one that was deleted while its page was open. */
export default function NoRun() {
  return (
    <>
      <TopBar crumbs={[{ label: 'Timeline', href: '/timeline' }, { label: 'No such run' }]} />
      <PageBody>
        <div role="status" className="flex flex-col items-center gap-3 py-24 text-center">
          <h1 className="text-lg font-semibold">There is no such run</h1>
          <p className="max-w-prose text-muted">
            It was deleted, with all that was on record of it, or its address is not whole. The audit log
            still says who asked for it and what became of it.
          </p>
          <p className="flex gap-2">
            <Link href="/timeline" className={buttonClass('primary')}>
              See all runs
            </Link>
            <Link href="/audit" className={buttonClass('plain')}>
              Open the audit log
            </Link>
          </p>
        </div>
      </PageBody>
    </>
  )
}
