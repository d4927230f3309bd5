import type { Metadata } from 'next'
import Form from 'next/form'
import Link from 'next/link'
import { AuditTable } from '@/components/audit/audit-table'
import { VerifyButton } from '@/components/audit/verify-button'
import { href, isId, one, type SearchParams } from '@/components/params'
import { PageBody, TopBar } from '@/components/shell/top-bar'
import { Button, buttonClass } from '@/components/ui/button'
import { inputClass } from '@/components/ui/field'
import { Empty } from '@/components/ui/panel'
import { requirePage } from '@/lib/edge/page'
import { listAudit } from '@/lib/services/audit/list'
import { verifyAction } from './actions'

export const metadata: Metadata = { title: 'Audit' }

const fields = [
  { name: 'action', label: 'Action', placeholder: 'gate.*' },
  { name: 'actor', label: 'Who', placeholder: 'owner, coder' },
  { name: 'run', label: 'Run', placeholder: 'id of a run' },
] as const

export default async function AuditPage({ searchParams }: { readonly searchParams: SearchParams }) {
  const ctx = await requirePage('read')
  const query = await searchParams
  const values = {
    action: one(query.action).trim().slice(0, 100),
    actor: one(query.actor).trim().slice(0, 200),
    run: isId(one(query.run).trim()) ? one(query.run).trim() : '',
  }
  const cursor = one(query.cursor)
  const held = Object.fromEntries(Object.entries({ ...values, cursor }).filter(([, value]) => value !== ''))
  const entries = await listAudit({ ctx, input: { limit: 50, ...held } })
  return (
    <>
      <TopBar crumbs={[{ label: 'Audit' }]} />
      <PageBody>
        <h1 className="sr-only">Audit</h1>
        <div className="mb-4 flex flex-wrap items-center gap-3">
          <Form action="/audit" className="grid w-full grid-cols-2 gap-2 lg:flex lg:w-auto">
            {fields.map((field) => (
              <label key={field.name} className="lg:w-52">
                <span className="sr-only">{field.label}</span>
                <input
                  name={field.name}
                  defaultValue={values[field.name]}
                  placeholder={`${field.label}: ${field.placeholder}`}
                  className={inputClass}
                />
              </label>
            ))}
            <Button type="submit">Filter</Button>
          </Form>
          <VerifyButton run={values.run || null} verify={verifyAction} />
        </div>
        {entries.items.length > 0 ? (
          <AuditTable entries={entries.items} now={Date.now()} />
        ) : (
          <Empty title="No entry is like that">
            <Link href="/audit" className="text-accent hover:underline">
              Show all entries
            </Link>
          </Empty>
        )}
        {entries.next && (
          <nav aria-label="Pages of the list" className="mt-4 text-center">
            <Link href={href('/audit', { ...values, cursor: entries.next })} className={buttonClass('plain')}>
              Older entries
            </Link>
          </nav>
        )}
      </PageBody>
    </>
  )
}
