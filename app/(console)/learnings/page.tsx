import type { Metadata } from 'next'
import { Ignored } from '@/components/ignored'
import { LearningFilters } from '@/components/learnings/learning-filters'
import { LearningList } from '@/components/learnings/learning-list'
import { learningQuery, statusTabs } from '@/components/learnings/query'
import { href, type SearchParams } from '@/components/params'
import { MainPage } from '@/components/shell/top-bar'
import { Link } from '@/components/ui/link'
import { Pages } from '@/components/ui/pages'
import { Empty } from '@/components/ui/panel'
import { requirePage } from '@/lib/edge/page'
import { isCursor } from '@/lib/services/cursor'
import { listLearnings } from '@/lib/services/learnings/list'
import { listRepositories } from '@/lib/services/repositories/list'
import { changeLearningAction } from './actions'

export const metadata: Metadata = { title: 'Learnings' }

const PAGE = 50

export default async function LearningsPage({ searchParams }: { readonly searchParams: SearchParams }) {
  const ctx = await requirePage('read')
  const { values, cursor, ignored } = learningQuery(await searchParams, isCursor)
  const { status, ...held } = values
  const filters = Object.fromEntries(Object.entries(held).filter(([, value]) => value !== ''))
  const [page, repositories] = await Promise.all([
    listLearnings({
      ctx,
      input: {
        limit: PAGE,
        ...filters,
        ...(status === 'all' ? {} : { status }),
        ...(cursor ? { cursor } : {}),
      },
    }),
    listRepositories({ ctx, input: { limit: 200 } }),
  ])
  const filtered = Object.keys(filters).length > 0
  return (
    <MainPage title="Learnings">
      <p className="mb-4 max-w-prose text-sm text-muted">
        What finished runs taught. It comes from models and repositories, so agents are told of it only after
        a person has approved it.
      </p>
      <LearningFilters values={values} repositories={repositories.items} />
      <Ignored parts={ignored} />
      {page.items.length > 0 ? (
        <LearningList
          learnings={page.items}
          now={Date.now()}
          mayDecide={ctx.grants.includes('approve')}
          change={changeLearningAction}
        />
      ) : (
        <Empty title={filtered ? 'No learning is like that' : statusTabs[status].empty}>
          {filtered ? (
            <Link href={href('/learnings', { status })} className="text-accent hover:underline">
              Show all in this list
            </Link>
          ) : (
            'The step reflect proposes them at the end of a run: rules that the reviewer enforced, and causes that the debugger found.'
          )}
        </Empty>
      )}
      <Pages
        to={{
          'Newest learnings': cursor && href('/learnings', values),
          'Older learnings': page.next && href('/learnings', { ...values, cursor: page.next }),
        }}
      />
    </MainPage>
  )
}
