import type { Metadata } from 'next'
import { AnalyticsFilters } from '@/components/analytics/analytics-filters'
import { ChartPanel } from '@/components/analytics/chart-panel'
import { shortDay } from '@/components/analytics/figures'
import { Ignored } from '@/components/ignored'
import type { SearchParams } from '@/components/params'
import { MainPage } from '@/components/shell/top-bar'
import { Command } from '@/components/ui/copy'
import { Link } from '@/components/ui/link'
import { Empty } from '@/components/ui/panel'
import { runStatuses } from '@/lib/core/status'
import { visible } from '@/lib/core/visible'
import { requirePage } from '@/lib/edge/page'
import { analyticsPage } from '@/lib/services/analytics/page'

export const metadata: Metadata = { title: 'Analytics' }

export default async function AnalyticsPage({ searchParams }: { readonly searchParams: SearchParams }) {
  const ctx = await requirePage('read')
  const { view, query, range, repositories, underWay } = await analyticsPage({
    ctx,
    query: await searchParams,
  })
  const { from, to, repository, ended } = view
  return (
    <MainPage title="Analytics">
      <AnalyticsFilters
        shown={{ from, to, repository: repository?.id ?? '' }}
        range={range}
        repositories={repositories}
      />
      <Ignored parts={view.ignored} />
      <p className="mb-4 text-sm text-muted">
        {ended.toLocaleString('en')} ended {ended === 1 ? 'run' : 'runs'}
        {repository ? ` of ${visible(repository.name)}` : ''} that {ended === 1 ? 'was' : 'were'} asked for
        from {shortDay(from)} to {shortDay(to)} (UTC). A run counts on the day it was asked for, once it has
        ended.
      </p>
      {ended === 0 ? (
        <Empty title="No run of this time has ended">
          {underWay ? (
            <p>
              <Link href={`/runs/${underWay.id}`} className="text-accent hover:underline">
                {visible(underWay.title)}
              </Link>{' '}
              is still under way ({runStatuses[underWay.status].label.toLowerCase()}): it counts once it has
              ended.
            </p>
          ) : (
            <>
              <p className="mb-3">Take a longer time, or start a run:</p>
              <Command text="npm run demo" />
            </>
          )}
        </Empty>
      ) : (
        <div className="grid gap-4 lg:grid-cols-2">
          {view.charts.map((chart) => (
            <ChartPanel key={chart.id} chart={chart} query={query} />
          ))}
        </div>
      )}
    </MainPage>
  )
}
