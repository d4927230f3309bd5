import type { Metadata } from 'next'
import Form from 'next/form'
import { Feed } from '@/components/activity/feed'
import { kindLabels } from '@/components/activity/words'
import { Ignored } from '@/components/ignored'
import { href, isShort, readAddress, type SearchParams } from '@/components/params'
import { MainPage } from '@/components/shell/top-bar'
import { Button } from '@/components/ui/button'
import { Choice } from '@/components/ui/choice'
import { Command } from '@/components/ui/copy'
import { Link } from '@/components/ui/link'
import { lookedBack, Pages } from '@/components/ui/pages'
import { Empty } from '@/components/ui/panel'
import { requirePage } from '@/lib/edge/page'
import { activityFacets } from '@/lib/services/activity/facets'
import { activityKinds } from '@/lib/services/activity/list'
import { activityPage } from '@/lib/services/activity/page'
import { isCursor } from '@/lib/services/cursor'

export const metadata: Metadata = { title: 'Activity' }

const isKind = (text: string): text is (typeof activityKinds)[number] =>
  activityKinds.some((kind) => kind === text)

export default async function ActivityPage({ searchParams }: { readonly searchParams: SearchParams }) {
  const ctx = await requirePage('read')
  const { held, ignored } = readAddress(await searchParams, ['kind', 'repository', 'person', 'cursor'])
  const asked = {
    kind: held('kind', isKind, `there is no such kind; there are ${activityKinds.join(', ')}`),
    repository: held('repository', isShort, 'it is too long'),
    person: held('person', isShort, 'it is too long'),
  }
  const cursor = held('cursor', isCursor, 'no list gave it out')
  const wanted = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== ''))
  const place = cursor === '' ? {} : { cursor }
  const [page, facets] = await Promise.all([
    activityPage({ ctx, input: { limit: 50, ...wanted, ...place } }),
    activityFacets({ ctx }),
  ])
  const { items, next, lookedBackTo } = page
  const filters = { ...asked, repository: page.repository?.id ?? '' }
  return (
    <MainPage title="Activity">
      <Form prefetch={false} action="/activity" className="mb-4 grid grid-cols-2 gap-2 lg:flex">
        <Choice
          name="kind"
          label="What"
          value={filters.kind}
          options={activityKinds.map((id) => ({ id, name: kindLabels[id] }))}
          className="lg:w-44"
        />
        <Choice
          name="repository"
          label="Repository"
          value={filters.repository}
          options={facets.repositories}
          className="lg:w-44"
        />
        <Choice
          name="person"
          label="Who"
          value={filters.person}
          options={facets.people}
          className="lg:w-44"
        />
        <Button type="submit">Filter</Button>
      </Form>
      <Ignored parts={[...ignored, ...page.ignored]} />
      {items.length > 0 ? (
        <Feed
          key={JSON.stringify([filters, place])}
          items={items}
          atTop={!('cursor' in place)}
          now={Date.now()}
        />
      ) : (
        <Nothing filtered={Object.values(filters).some((value) => value !== '')} />
      )}
      <Pages
        label="Pages of the feed"
        note={lookedBackTo && `Little is like this. ${lookedBack(lookedBackTo)}`}
        to={{
          Newest: cursor && href('/activity', filters),
          [lookedBackTo ? 'Look further back' : 'Older']:
            next && href('/activity', { ...filters, cursor: next }),
        }}
      />
    </MainPage>
  )
}

function Nothing({ filtered }: { readonly filtered: boolean }) {
  if (filtered) {
    return (
      <Empty title="Nothing is like that">
        <Link href="/activity" className="text-accent hover:underline">
          Show everything
        </Link>
      </Empty>
    )
  }
  return (
    <Empty title="Nothing has happened yet">
      <Command text="npm run demo" />
    </Empty>
  )
}
