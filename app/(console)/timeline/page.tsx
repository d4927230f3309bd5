import type { Metadata } from 'next'
import Link from 'next/link'
import { GIVEN_UP, href, isId, one, type SearchParams } from '@/components/params'
import { GivenUp } from '@/components/runs/requeue'
import { RunFilters } from '@/components/runs/run-filters'
import { RunTable } from '@/components/runs/run-table'
import { PageBody, TopBar } from '@/components/shell/top-bar'
import { buttonClass } from '@/components/ui/button'
import { Command } from '@/components/ui/copy'
import { Empty } from '@/components/ui/panel'
import { runStatusNames } from '@/lib/core/status'
import { triggerNames } from '@/lib/core/trigger'
import { requirePage } from '@/lib/edge/page'
import { listRepositories } from '@/lib/services/repositories/list'
import { listRuns } from '@/lib/services/runs/list'
import { requeueAction } from '../actions'

export const metadata: Metadata = { title: 'Timeline' }

const pageSize = 50

export default async function TimelinePage({ searchParams }: { readonly searchParams: SearchParams }) {
  const ctx = await requirePage('read')
  const query = await searchParams
  const status = runStatusNames.find((name) => name === one(query.status))
  const dead = one(query.status) === GIVEN_UP
  const trigger = triggerNames.find((name) => name === one(query.trigger))
  const repository = isId(one(query.repository)) ? one(query.repository) : ''
  const q = one(query.q).slice(0, 200)
  const cursor = one(query.cursor)
  const [runs, repositories] = await Promise.all([
    listRuns({
      ctx,
      input: {
        limit: pageSize,
        ...(status ? { status: [status] } : {}),
        ...(dead ? { dead } : {}),
        ...(trigger ? { trigger } : {}),
        ...(repository ? { repository } : {}),
        ...(q ? { q } : {}),
        ...(cursor ? { cursor } : {}),
      },
    }),
    listRepositories({ ctx, input: { limit: 200 } }),
  ])
  const values = { q, status: dead ? GIVEN_UP : (status ?? ''), trigger: trigger ?? '', repository }
  const filtered = Object.values(values).some(Boolean)
  return (
    <>
      <TopBar crumbs={[{ label: 'Timeline' }]} />
      <PageBody>
        <h1 className="sr-only">Timeline</h1>
        <RunFilters values={values} repositories={repositories.items} />
        {dead ? (
          <GivenUp key={cursor} runs={runs.items} requeue={requeueAction} now={Date.now()} />
        ) : runs.items.length > 0 ? (
          <RunTable runs={runs.items} now={Date.now()} />
        ) : filtered ? (
          <Empty title="No run is like that">
            <Link href="/timeline" className="text-accent hover:underline">
              Show all runs
            </Link>
          </Empty>
        ) : (
          <Empty title="Nothing has run yet">
            <Command text="npm run demo" />
          </Empty>
        )}
        <nav aria-label="Pages of the list" className="mt-4 flex justify-center gap-2">
          {cursor && (
            <Link href={href('/timeline', values)} className={buttonClass('plain')}>
              Newest runs
            </Link>
          )}
          {runs.next && (
            <Link href={href('/timeline', { ...values, cursor: runs.next })} className={buttonClass('plain')}>
              Older runs
            </Link>
          )}
        </nav>
      </PageBody>
    </>
  )
}
