import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { LearningDetailView } from '@/components/learnings/learning-detail'
import { isId } from '@/components/params'
import { PageBody, TopBar } from '@/components/shell/top-bar'
import { orNull } from '@/lib/edge/or-null'
import { requirePage } from '@/lib/edge/page'
import { getLearning } from '@/lib/services/learnings/get'
import { changeLearningAction } from '../actions'

export const metadata: Metadata = { title: 'Learning' }

export default async function LearningPage({
  params,
}: {
  readonly params: Promise<{ readonly id: string }>
}) {
  const ctx = await requirePage('read')
  const { id } = await params
  const learning = isId(id) ? await orNull(getLearning({ ctx, input: { id } })) : null
  if (!learning) notFound()
  return (
    <>
      <TopBar crumbs={[{ label: 'Learnings', href: '/learnings' }, { label: 'Learning' }]} />
      <PageBody>
        <LearningDetailView
          learning={learning}
          now={Date.now()}
          mayDecide={ctx.grants.includes('approve')}
          change={changeLearningAction}
        />
      </PageBody>
    </>
  )
}
