import { WEBHOOKS_DUTY } from '@/lib/core/webhook'
import { webhookRoute } from '@/lib/edge/route'
import { receivedSchema, receiveWebhook } from '@/lib/services/webhooks/receive'

export const dynamic = 'force-dynamic'

export const POST = webhookRoute({
  summary: 'Takes what GitHub tells: kept once for each of its deliveries, and worked on after the answer.',
  output: receivedSchema,
  handler: async ({ input, runtime }) => {
    const received = await receiveWebhook({ db: runtime.database.db, input })
    if (received.status === 'waiting') runtime.engine?.attend(WEBHOOKS_DUTY)
    return received
  },
})
