import type { Metadata } from 'next'
import { Ignored } from '@/components/ignored'
import { href, type SearchParams } from '@/components/params'
import { webhookQuery } from '@/components/settings/webhooks/query'
import { WebhookSetup } from '@/components/settings/webhooks/setup'
import { WebhookFilters } from '@/components/settings/webhooks/webhook-filters'
import { WebhookList } from '@/components/settings/webhooks/webhook-list'
import { RefreshEvery } from '@/components/shell/refresh-every'
import { Link } from '@/components/ui/link'
import { Pages } from '@/components/ui/pages'
import { Empty, Section } from '@/components/ui/panel'
import { requirePage } from '@/lib/edge/page'
import { webhookState } from '@/lib/runtime/installation'
import { isCursor } from '@/lib/services/cursor'
import { knownWebhookEvents, listWebhooks } from '@/lib/services/webhooks/list'

export const metadata: Metadata = { title: 'Webhooks' }

const path = '/settings/webhooks'
const REFRESH_MS = 5_000

export default async function WebhooksPage({ searchParams }: { readonly searchParams: SearchParams }) {
  const ctx = await requirePage('admin')
  const { values, cursor, ignored } = webhookQuery(await searchParams, isCursor)
  const filters = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''))
  const [page, events] = await Promise.all([
    listWebhooks({ ctx, input: { limit: 50, ...filters, ...(cursor ? { cursor } : {}) } }),
    knownWebhookEvents({ ctx }),
  ])
  const filtered = Object.keys(filters).length > 0
  return (
    <>
      <Section title="Set up">
        <WebhookSetup {...webhookState()} />
      </Section>
      <Section title="Deliveries">
        <WebhookFilters values={values} events={events} />
        <Ignored parts={ignored} />
        {page.items.length > 0 ? (
          <WebhookList webhooks={page.items} now={Date.now()} />
        ) : (
          <Empty title={filtered ? 'No delivery is like that' : 'Nothing was delivered yet'}>
            {filtered ? (
              <Link href={path} className="text-accent hover:underline">
                Show all deliveries
              </Link>
            ) : (
              'GitHub sends a ping as soon as the webhook is added there.'
            )}
          </Empty>
        )}
        <Pages
          to={{
            'Newest deliveries': cursor && href(path, values),
            'Older deliveries': page.next && href(path, { ...values, cursor: page.next }),
          }}
        />
      </Section>
      {cursor === '' && <RefreshEvery ms={REFRESH_MS} />}
    </>
  )
}
