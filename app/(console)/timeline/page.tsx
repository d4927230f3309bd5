import type { Metadata } from 'next'
import { cookies } from 'next/headers'
import { GIVEN_UP, one, type SearchParams } from '@/components/params'
import { GivenUp } from '@/components/runs/requeue'
import { MainPage } from '@/components/shell/top-bar'
import { Timeline } from '@/components/timeline/timeline'
import { Command } from '@/components/ui/copy'
import { Link } from '@/components/ui/link'
import { Empty } from '@/components/ui/panel'
import { COLUMNS_COOKIE, readColumnChoice, readNamedColumns } from '@/lib/core/run-columns'
import { requirePage } from '@/lib/edge/page'
import type { ServiceContext } from '@/lib/services/context'
import { isCursor } from '@/lib/services/cursor'
import { runFacetsOf } from '@/lib/services/runs/facets'
import { listRuns } from '@/lib/services/runs/list'
import type { ListRuns } from '@/lib/services/runs/list-input'
import { urlFilters } from '@/lib/services/runs/url-filters'
import { listViews } from '@/lib/services/saved-views/list'
import { requeueAction } from '../actions'
import { bulkAction, removeViewAction, saveViewAction } from './actions'

export const metadata: Metadata = { title: 'Timeline' }

const pageSize = 50
/** What the page takes beside the filters. */
const own = ['cursor', 'newer', 'columns']

export default async function TimelinePage({ searchParams }: { readonly searchParams: SearchParams }) {
  const ctx = await requirePage('read')
  const query = await searchParams
  const givenUp = one(query.status) === GIVEN_UP
  const { filters, ignored } = await urlFilters({
    ctx,
    query: givenUp ? { ...query, status: undefined, dead: 'true' } : query,
    others: own,
  })
  const bad = own.slice(0, 2).filter((name) => one(query[name]) !== '' && !isCursor(one(query[name])))
  const place = Object.fromEntries(
    own.slice(0, 2).flatMap((name) => (bad.includes(name) ? [] : [[name, one(query[name])]])),
  )
  const [page, facets, views, kept] = await Promise.all([
    pageOf(ctx, filters, place),
    runFacetsOf({ ctx }),
    listViews({ ctx }),
    cookies(),
  ])
  const choice = readColumnChoice(kept.get(COLUMNS_COOKIE)?.value)
  const { shown: wanted, ignored: strange } = readNamedColumns(one(query.columns))
  const columns = wanted.length > 0 ? { ...choice, shown: wanted } : choice
  const maySteer = ctx.grants.includes('trigger')
  const filtered = Object.keys(filters).length > 0
  const lost = bad.map((name) => ({ name, value: one(query[name]).slice(0, 80), why: 'no list gave it out' }))
  // Another list is another page: what is chosen or held back belongs to the one before.
  const key = JSON.stringify([filters, place, one(query.columns)])
  return (
    <MainPage title="Timeline">
      <Timeline
        page={page}
        listKey={key}
        filters={filters}
        ignored={[...ignored, ...strange, ...lost]}
        facets={facets}
        views={views}
        columns={columns}
        namedColumns={wanted.join('.')}
        atTop={page.previous === null}
        now={Date.now()}
        maySteer={maySteer}
        bulk={bulkAction}
        saveView={saveViewAction}
        removeView={removeViewAction}
        empty={<NoRuns filtered={filtered} />}
      >
        {filters.dead === 'true' ? (
          <GivenUp key={key} runs={page.items} requeue={maySteer ? requeueAction : null} now={Date.now()} />
        ) : undefined}
      </Timeline>
    </MainPage>
  )
}

/** The page, or the first one where there is less than a page before it: nobody wants to see three rows of it. */
async function pageOf(ctx: ServiceContext, filters: ListRuns, place: ListRuns) {
  const page = await listRuns({ ctx, input: { ...filters, ...filled(place), limit: pageSize } })
  const short = place.newer && page.previous === null && page.items.length < pageSize
  return short ? listRuns({ ctx, input: { ...filters, limit: pageSize } }) : page
}

const filled = ({ cursor, newer }: ListRuns): ListRuns => ({
  ...(cursor ? { cursor } : {}),
  ...(newer ? { newer } : {}),
})

function NoRuns({ filtered }: { readonly filtered: boolean }) {
  if (!filtered) {
    return (
      <Empty title="Nothing has run yet">
        <Command text="npm run demo" />
      </Empty>
    )
  }
  return (
    <Empty title="No run is like that">
      <Link href="/timeline" className="text-accent hover:underline">
        Show all runs
      </Link>
    </Empty>
  )
}
