import { CutTextView } from '@/components/runs/cut-text'
import type { ActionResult } from '@/components/ui/action-result'
import { Fact, Section } from '@/components/ui/panel'
import { DeliveryStatusChip } from '@/components/ui/status'
import { TimeAgo } from '@/components/ui/time-ago'
import { visible } from '@/lib/core/visible'
import type { WebhookDetail } from '@/lib/services/webhooks/view'
import { Redeliver } from './redeliver'
import { eventOf, WhatCame } from './webhook-list'

interface WebhookDetailViewProps {
  readonly webhook: WebhookDetail
  readonly now: number
  readonly redeliver: (input: { id: string }) => Promise<ActionResult<unknown>>
}

/** More of a payload is not sent to a page. */
const MAX_PAYLOAD = 30_000

const begun = (text: string) => ({ text: text.slice(0, MAX_PAYLOAD), length: text.length })

/** One delivery: what came of it, and what it brought, as text that nothing obeys. */
export function WebhookDetailView({ webhook, now, redeliver }: WebhookDetailViewProps) {
  const { id, delivery, repository, repositoryName, status, attempts, receivedAt, handledAt, dueAt } = webhook
  const { payload, run } = webhook
  return (
    <>
      <Section title={eventOf(webhook)}>
        <div className="space-y-3 rounded-lg border bg-surface px-3 py-3 text-sm">
          <div className="flex flex-wrap items-center gap-3">
            <DeliveryStatusChip status={status} />
            <WhatCame webhook={webhook} />
          </div>
          <dl className="grid gap-x-6 gap-y-3 sm:grid-cols-2">
            <Fact label="Repository">{visible(repository?.name ?? repositoryName ?? 'none')}</Fact>
            <Fact label="GitHub delivery id">
              <code className="code break-all">{visible(delivery)}</code>
            </Fact>
            <Fact label="Received">
              <TimeAgo at={receivedAt} now={now} />
            </Fact>
            <Fact label="Settled">
              {handledAt === null ? 'not yet' : <TimeAgo at={handledAt} now={now} />}
              {dueAt !== null && attempts > 0 && (
                <>
                  , tried again <TimeAgo at={dueAt} now={now} />
                </>
              )}
            </Fact>
            <Fact label="Tries">{attempts}</Fact>
          </dl>
          {run ? (
            <p className="text-muted">It has started its run, so it is not delivered again.</p>
          ) : (
            payload !== null && <Redeliver id={id} status={status} redeliver={redeliver} />
          )}
        </div>
      </Section>
      <Section title="Payload">
        {payload === null ? (
          <p className="text-sm text-muted">It was cleared away, a month after it came.</p>
        ) : (
          <CutTextView
            text={begun(JSON.stringify(payload, null, 2))}
            href={`/api/webhooks/deliveries/${id}`}
            className="max-h-[40rem]"
          />
        )}
      </Section>
    </>
  )
}
