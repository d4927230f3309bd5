'use server'

import { refresh } from 'next/cache'
import { WEBHOOKS_DUTY } from '@/lib/core/webhook'
import { action } from '@/lib/edge/action'
import { getRuntime } from '@/lib/runtime'
import { redeliverWebhook, redeliverWebhookInput } from '@/lib/services/webhooks/redeliver'

/** Has a webhook worked on again, at once where a worker is in this process. */
export const redeliverWebhookAction = action('admin', redeliverWebhookInput, async (ctx, input) => {
  const webhook = await redeliverWebhook({ ctx, input })
  const { engine } = await getRuntime()
  engine?.attend(WEBHOOKS_DUTY)
  refresh()
  return webhook
})
