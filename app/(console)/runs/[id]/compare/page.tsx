import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { isId, one, type SearchParams } from '@/components/params'
import { CompareChoice } from '@/components/runs/compare-choice'
import { CompareView, type WholeRun } from '@/components/runs/compare-view'
import { PageBody, TopBar } from '@/components/shell/top-bar'
import { Link } from '@/components/ui/link'
import { orNull } from '@/lib/edge/or-null'
import { requirePage } from '@/lib/edge/page'
import type { ServiceContext } from '@/lib/services/context'
import { listConversations } from '@/lib/services/runs/conversations'
import { getRun } from '@/lib/services/runs/get'
import { similarRuns } from '@/lib/services/runs/similar'

interface ComparePageProps {
  readonly params: Promise<{ readonly id: string }>
  readonly searchParams: SearchParams
}

export const metadata: Metadata = { title: 'Compare' }

export default async function ComparePage({ params, searchParams }: ComparePageProps) {
  const ctx = await requirePage('read')
  const { id } = await params
  const other = one((await searchParams).with)
  const [left, right] = await Promise.all([wholeRun(ctx, id), wholeRun(ctx, other)])
  if (!left) notFound()
  const { run } = left
  const crumbs = [
    { label: 'Timeline', href: '/timeline' },
    { label: run.title, href: `/runs/${id}` },
    { label: 'Compare' },
  ]
  const now = Date.now()
  return (
    <>
      <TopBar crumbs={crumbs} />
      <PageBody>
        {right ? (
          <>
            <h1 className="sr-only">Two runs side by side</h1>
            <CompareView left={left} right={right} now={now} />
            <p className="mt-6 text-sm">
              <Link href={`/runs/${id}/compare`} className="text-accent hover:underline">
                Compare the first with another run
              </Link>
            </p>
          </>
        ) : (
          <CompareChoice
            run={run}
            similar={await similarRuns({ ctx, input: { run: id } })}
            asked={other}
            now={now}
          />
        )}
      </PageBody>
    </>
  )
}

/** Null where the address names no run that is there. */
async function wholeRun(ctx: ServiceContext, id: string): Promise<WholeRun | null> {
  if (!isId(id)) return null
  const input = { run: id }
  const [run, conversations] = await Promise.all([
    orNull(getRun({ ctx, input })),
    listConversations({ ctx, input }),
  ])
  return run && { run, conversations }
}
