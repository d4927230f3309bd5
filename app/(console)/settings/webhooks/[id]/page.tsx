import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { isId } from '@/components/params'
import { WebhookDetailView } from '@/components/settings/webhooks/webhook-detail'
import { RefreshEvery } from '@/components/shell/refresh-every'
import { Link } from '@/components/ui/link'
import { orNull } from '@/lib/edge/or-null'
import { requirePage } from '@/lib/edge/page'
import { getWebhook } from '@/lib/services/webhooks/get'
import { redeliverWebhookAction } from '../actions'

export const metadata: Metadata = { title: 'Webhook' }

const REFRESH_MS = 5_000

export default async function WebhookPage({ params }: { readonly params: Promise<{ readonly id: string }> }) {
  const ctx = await requirePage('admin')
  const { id } = await params
  const webhook = isId(id) ? await orNull(getWebhook({ ctx, input: { id } })) : null
  if (!webhook) notFound()
  return (
    <>
      <p className="text-sm">
        <Link href="/settings/webhooks" className="text-accent hover:underline">
          All deliveries
        </Link>
      </p>
      <WebhookDetailView webhook={webhook} now={Date.now()} redeliver={redeliverWebhookAction} />
      {webhook.status === 'waiting' && <RefreshEvery ms={REFRESH_MS} />}
    </>
  )
}
