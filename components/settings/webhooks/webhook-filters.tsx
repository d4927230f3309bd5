'use client'

import { Choice } from '@/components/ui/choice'
import { deliveryLook } from '@/components/ui/status'
import { useAddress } from '@/components/use-address'
import { type DeliveryStatus, deliveryStatusNames } from '@/lib/core/webhook'
import type { WebhookValues } from './query'

interface WebhookFiltersProps {
  readonly values: WebhookValues
  /** Those that have come. */
  readonly events: readonly string[]
}

/** The filters of the webhooks. They are the address. */
export function WebhookFilters({ values, events }: WebhookFiltersProps) {
  const { wanted, pending, set } = useAddress(values, ['cursor'])
  return (
    <search aria-busy={pending} className="mb-3 flex flex-wrap items-center gap-2">
      <Choice
        label="Status"
        value={wanted.status}
        options={deliveryStatusNames.map((id) => ({ id, name: deliveryLook[id].label }))}
        onChange={(status) => set({ status: status as DeliveryStatus | '' })}
        className="sm:w-44"
      />
      <Choice
        label="Event"
        value={wanted.event}
        options={events}
        onChange={(event) => set({ event })}
        className="sm:w-52"
      />
    </search>
  )
}
