import { NoRunWords } from '@/components/runs/no-run'
import { PageBody, TopBar } from '@/components/shell/top-bar'
import { buttonClass } from '@/components/ui/button'
import { Link } from '@/components/ui/link'

/** No such run, an address that is none's, or one that was deleted while its page was open. */
export default function NoRun() {
  return (
    <>
      <TopBar crumbs={[{ label: 'Timeline', href: '/timeline' }, { label: 'No such run' }]} />
      <PageBody>
        <div role="status" className="flex flex-col items-center gap-3 py-24 text-center">
          <NoRunWords />
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
