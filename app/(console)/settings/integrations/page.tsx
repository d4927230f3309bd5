import type { Metadata } from 'next'
import { OnOff, Variables } from '@/components/settings/variables'
import { Link } from '@/components/ui/link'
import { Empty, Section } from '@/components/ui/panel'
import { TimeAgo } from '@/components/ui/time-ago'
import { visible } from '@/lib/core/visible'
import { requirePage } from '@/lib/edge/page'
import { integrations } from '@/lib/runtime/installation'
import { listUndelivered } from '@/lib/services/settings/undelivered'

export const metadata: Metadata = { title: 'Integrations' }

export default async function IntegrationsPage() {
  const ctx = await requirePage('read')
  const undelivered = await listUndelivered({ ctx })
  const now = Date.now()
  return (
    <>
      <Section title="Integrations">
        <ul aria-label="Integrations" className="divide-y overflow-clip rounded-lg border bg-surface">
          {integrations().map(({ name, does, on, variables }) => (
            <li key={name} className="space-y-1.5 px-3 py-3 text-sm">
              <p className="flex flex-wrap items-center gap-2">
                <span className="font-medium">{name}</span>
                <OnOff on={on} />
              </p>
              <p className="text-muted">{does}</p>
              <Variables variables={variables} />
            </li>
          ))}
        </ul>
      </Section>
      <Section title="Notifications that did not arrive">
        <p className="mb-3 max-w-prose text-sm text-muted">
          Gates tell the people that <code className="code">notify</code> names in{' '}
          <code className="code">devpilot.yaml</code>. What could not be delivered is tried again for about an
          hour.
        </p>
        {undelivered.length === 0 ? (
          <Empty title="Everything was delivered" />
        ) : (
          <ul aria-label="Undelivered" className="divide-y overflow-clip rounded-lg border bg-surface">
            {undelivered.map((one) => (
              <li key={one.key} className="px-3 py-2 text-sm">
                <p className="flex flex-wrap items-baseline gap-x-3">
                  <Link href={`/runs/${one.run}`} className="font-medium hover:underline">
                    {one.what} of a run, by {one.channel}
                  </Link>
                  <span className="text-xs text-muted">
                    <TimeAgo at={one.createdAt} now={now} />, {one.attempts} tries,{' '}
                    {one.dueAt === null ? 'given up' : 'tried again soon'}
                  </span>
                </p>
                <p className="text-muted">{visible(one.error)}</p>
              </li>
            ))}
          </ul>
        )}
      </Section>
    </>
  )
}
