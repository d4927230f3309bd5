import type { Metadata } from 'next'
import Link from 'next/link'
import { GateList } from '@/components/gates/gate-list'
import { href, one, type SearchParams } from '@/components/params'
import { PageBody, TopBar } from '@/components/shell/top-bar'
import { buttonClass } from '@/components/ui/button'
import { Command } from '@/components/ui/copy'
import { Empty, Section } from '@/components/ui/panel'
import { requirePage } from '@/lib/edge/page'
import { listGates } from '@/lib/services/gates/list'

export const metadata: Metadata = { title: 'Gates' }

export default async function GatesPage({ searchParams }: { readonly searchParams: SearchParams }) {
  const ctx = await requirePage('read')
  const cursor = one((await searchParams).cursor)
  const [waiting, all] = await Promise.all([
    listGates({ ctx, input: { limit: 100 } }),
    listGates({ ctx, input: { status: 'all', limit: 50, ...(cursor ? { cursor } : {}) } }),
  ])
  const now = Date.now()
  const decided = all.items.filter((gate) => gate.status !== 'waiting')
  return (
    <>
      <TopBar crumbs={[{ label: 'Gates' }]} />
      <PageBody>
        <h1 className="sr-only">Gates</h1>
        <div className="space-y-7">
          <Section
            title={waiting.items.length > 0 ? 'Waiting for a decision' : 'Nothing waits for a decision'}
          >
            {waiting.items.length > 0 ? (
              <GateList gates={waiting.items} now={now} label="Waiting" />
            ) : (
              <Empty title="A run that needs people stops here">
                <p className="mb-3">The same from a terminal:</p>
                <Command text="npx tsx cli/devpilot.ts gate list" />
              </Empty>
            )}
          </Section>
          {decided.length > 0 && (
            <Section title="Closed">
              <GateList gates={decided} now={now} label="Closed" />
            </Section>
          )}
        </div>
        {all.next && (
          <nav aria-label="Pages of the list" className="mt-4 text-center">
            <Link href={href('/gates', { cursor: all.next })} className={buttonClass('plain')}>
              Older gates
            </Link>
          </nav>
        )}
      </PageBody>
    </>
  )
}
