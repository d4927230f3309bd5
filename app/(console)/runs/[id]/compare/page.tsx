import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { isId, one, type SearchParams } from '@/components/params'
import { CompareView } from '@/components/runs/compare-view'
import { placeWords } from '@/components/runs/kinship'
import { PageBody, TopBar } from '@/components/shell/top-bar'
import { Empty } from '@/components/ui/panel'
import { orNull } from '@/lib/edge/or-null'
import { requirePage } from '@/lib/edge/page'
import { getRun } from '@/lib/services/runs/get'
import type { RunView } from '@/lib/services/views'

interface ComparePageProps {
  readonly params: Promise<{ readonly id: string }>
  readonly searchParams: SearchParams
}

export const metadata: Metadata = { title: 'Compare' }

export default async function ComparePage({ params, searchParams }: ComparePageProps) {
  const ctx = await requirePage('read')
  const { id } = await params
  const other = one((await searchParams).with)
  const get = (run: string) => (isId(run) ? orNull(getRun({ ctx, input: { run } })) : null)
  const [left, right] = await Promise.all([get(id), get(other)])
  if (!left) notFound()
  const crumbs = [
    { label: 'Timeline', href: '/timeline' },
    { label: left.title, href: `/runs/${id}` },
    { label: 'Compare' },
  ]
  return (
    <>
      <TopBar crumbs={crumbs} />
      <PageBody>
        <h1 className="sr-only">Two runs side by side</h1>
        {right ? (
          <CompareView left={left} right={right} now={Date.now()} />
        ) : (
          <Choose run={left} asked={other} />
        )}
      </PageBody>
    </>
  )
}

/** With which run, where the address names none that is there. */
function Choose({ run, asked }: { readonly run: RunView; readonly asked: string }) {
  const others = [
    ...(run.fork ? [{ run: run.fork.run, label: `The run that it was forked from: ${run.fork.title}` }] : []),
    ...run.forks.map((fork) => ({ run: fork.run, label: `Its fork at ${placeWords(fork.place)}` })),
  ]
  return (
    <Empty title={asked === '' ? 'Compare with which run?' : 'There is no such run to compare with'}>
      {others.length === 0 ? (
        <p>
          It has no fork. Fork it at one of its steps, or add <span className="code">?with=</span> and the id
          of another run to the address.
        </p>
      ) : (
        <ul className="space-y-1">
          {others.map((other) => (
            <li key={other.run}>
              <Link
                href={`/runs/${run.id}/compare?with=${other.run}`}
                className="text-accent hover:underline"
              >
                {other.label}
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Empty>
  )
}
