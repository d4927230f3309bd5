import { isShort, type Query, readAddress } from '@/components/params'
import type { Ignored } from '@/lib/core/run-filters'
import { type DeliveryStatus, deliveryStatusNames } from '@/lib/core/webhook'

export interface WebhookValues extends Readonly<Record<string, string>> {
  readonly status: DeliveryStatus | ''
  readonly event: string
}

const isStatus = (text: string): text is DeliveryStatus => deliveryStatusNames.some((name) => name === text)

/** Reads the address of the webhooks. @param isCursor whether a list gave it out */
export function webhookQuery(
  query: Query,
  isCursor: (text: string) => boolean,
): { values: WebhookValues; cursor: string; ignored: readonly Ignored[] } {
  const { held, ignored } = readAddress(query, ['status', 'event', 'cursor'])
  const known = `there is no such status; there are ${deliveryStatusNames.join(', ')}`
  return {
    values: {
      status: held('status', isStatus, known),
      event: held('event', (text) => isShort(text) && /^[a-z_]{1,60}$/.test(text), 'no event is called so'),
    },
    cursor: held('cursor', isCursor, 'no list gave it out'),
    ignored,
  }
}
