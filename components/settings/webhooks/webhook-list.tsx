import { Link } from '@/components/ui/link'
import { DeliveryStatusChip } from '@/components/ui/status'
import { TimeAgo } from '@/components/ui/time-ago'
import { visible } from '@/lib/core/visible'
import type { Webhook } from '@/lib/services/webhooks/view'

interface WebhookListProps {
  readonly webhooks: readonly Webhook[]
  readonly now: number
}

export function WebhookList({ webhooks, now }: WebhookListProps) {
  return (
    <ul aria-label="Webhooks" className="divide-y overflow-clip rounded-lg border bg-surface">
      {webhooks.map((webhook) => (
        <li key={webhook.id} className="px-3 py-2 text-sm">
          <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <DeliveryStatusChip status={webhook.status} />
            <Link href={`/settings/webhooks/${webhook.id}`} className="font-medium hover:underline">
              {eventOf(webhook)}
            </Link>
            <span className="min-w-0 truncate text-muted max-sm:order-last max-sm:basis-full">
              {visible(webhook.repository?.name ?? webhook.repositoryName ?? 'no repository')}
            </span>
            <span className="ml-auto text-xs text-muted">
              <TimeAgo at={webhook.receivedAt} now={now} />
            </span>
          </p>
          <WhatCame webhook={webhook} />
        </li>
      ))}
    </ul>
  )
}

/** `issues: labeled` */
export function eventOf({ event, action }: Pick<Webhook, 'event' | 'action'>): string {
  return visible(action === null ? event : `${event}: ${action}`)
}

/** What came of it, with its run; or why nothing did. */
export function WhatCame({ webhook: { note, run } }: { readonly webhook: Pick<Webhook, 'note' | 'run'> }) {
  if (note === null && run === null) return null
  return (
    <p className="mt-0.5 break-words text-muted">
      {note !== null && visible(note)}{' '}
      {run && (
        <Link href={`/runs/${run.id}`} className="text-accent hover:underline">
          {visible(run.title)}
        </Link>
      )}
    </p>
  )
}
