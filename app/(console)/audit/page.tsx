import type { Metadata } from 'next'
import { AuditFilters } from '@/components/audit/audit-filters'
import { AuditTable } from '@/components/audit/audit-table'
import { auditInput, auditQuery } from '@/components/audit/query'
import { VerifyButton } from '@/components/audit/verify-button'
import { Ignored } from '@/components/ignored'
import { href, one, type SearchParams } from '@/components/params'
import { MainPage } from '@/components/shell/top-bar'
import { buttonClass } from '@/components/ui/button'
import { Link } from '@/components/ui/link'
import { Pages } from '@/components/ui/pages'
import { Empty } from '@/components/ui/panel'
import { requirePage } from '@/lib/edge/page'
import { knownActions, knownActors } from '@/lib/services/audit/known'
import { listAudit } from '@/lib/services/audit/list'
import { isCursor } from '@/lib/services/cursor'
import { runByEnd } from '@/lib/services/runs/by-end'
import { verifyAction } from './actions'

export const metadata: Metadata = { title: 'Audit' }

export default async function AuditPage({ searchParams }: { readonly searchParams: SearchParams }) {
  const ctx = await requirePage('read')
  const asked = await searchParams
  const run = await runByEnd({ ctx, end: one(asked.run).trim() })
  const { values, cursor, ignored } = auditQuery(run === null ? asked : { ...asked, run }, isCursor)
  const wanted = auditInput(values)
  const [entries, actions, actors] = await Promise.all([
    listAudit({ ctx, input: { limit: 50, ...wanted, ...(cursor ? { cursor } : {}) } }),
    knownActions({ ctx }),
    knownActors({ ctx }),
  ])
  return (
    <MainPage title="Audit">
      <div className="mb-4 flex flex-wrap items-center gap-3">
        <AuditFilters values={values} actions={actions} actors={actors} />
        <VerifyButton key={values.run} run={values.run || null} verify={verifyAction} />
        <a
          href={href('/api/audit/export', wanted)}
          download="audit.jsonl"
          className={buttonClass('plain')}
          title="What is filtered, all of it, as JSON lines"
        >
          Export
        </a>
      </div>
      <Ignored parts={ignored} />
      {entries.items.length > 0 ? (
        <AuditTable entries={entries.items} now={Date.now()} />
      ) : (
        <Empty title="No entry is like that">
          <Link href="/audit" className="text-accent hover:underline">
            Show all entries
          </Link>
        </Empty>
      )}
      <Pages to={{ 'Older entries': entries.next && href('/audit', { ...values, cursor: entries.next }) }} />
    </MainPage>
  )
}
